"""All commands' options next to each other: names, kinds, groups and examples."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator

import click
import pytest

from edgebench.cli import group
from edgebench.cli.options.groups import OTHER, GroupedCommand, group_of

MOST_UNGROUPED = 12
KINDS: dict[type[click.ParamType], str] = {
    click.types.IntParamType: "number",
    click.types.FloatParamType: "number",
    click.types.IntRange: "number",
    click.types.FloatRange: "number",
    click.types.StringParamType: "text",
    click.Choice: "text",
    click.Path: "path",
    click.File: "file",
    click.types.BoolParamType: "flag",
}


def commands(
    found: click.Command = group, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(found, click.Group):
        yield " ".join(path), found
        return
    context = click.Context(found)
    for name in found.list_commands(context):
        each = found.get_command(context, name)
        assert each is not None
        yield from commands(each, (*path, name))


COMMANDS = dict(commands())
GROUPED = [name for name, each in COMMANDS.items() if isinstance(each, GroupedCommand)]


def options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def kind_of(option: click.Option) -> str:
    return "flag" if option.is_flag else KINDS[type(option.type)]


def test_an_option_of_one_name_is_of_one_kind_in_all_commands() -> None:
    kinds: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for command, found in COMMANDS.items():
        for option in options(found):
            kinds[option.opts[0]][command] = kind_of(option)
    assert len(kinds) > 100
    assert {name: of for name, of in kinds.items() if len(set(of.values())) > 1} == {}


def test_a_parameter_has_the_same_option_in_all_commands() -> None:
    names: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for command, found in COMMANDS.items():
        for option in options(found):
            assert option.name is not None
            names[option.name, kind_of(option)][command] = option.opts[0]
    assert names["latency_bound_ms", "number"] == {
        "run": "--latency-bound",
        "tune": "--latency-bound",
    }
    assert {name: of for name, of in names.items() if len(set(of.values())) > 1} == {}


def test_what_is_written_is_named_by_out_and_what_is_read_by_dataset() -> None:
    for command in ("run", "report", "power record", "submit tiny", "quantize", "make"):
        assert "--out" in {option.opts[0] for option in options(COMMANDS[command])}
    for command in ("run", "tune", "profile", "compare-models", "shard"):
        assert "--dataset" in {option.opts[0] for option in options(COMMANDS[command])}
    for command in ("run", "power record"):
        assert "--duration" in {option.opts[0] for option in options(COMMANDS[command])}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_long_help_is_in_groups(command: str) -> None:
    if len(options(COMMANDS[command])) > MOST_UNGROUPED:
        assert isinstance(COMMANDS[command], GroupedCommand)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", GROUPED)
def test_every_option_is_in_one_group_and_no_line_is_too_wide(command: str, width: int) -> None:
    found = COMMANDS[command]
    context = click.Context(found, info_name=command, terminal_width=width)
    lines = found.get_help(context).splitlines()
    assert max(map(len, lines)) <= width
    titles = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(" ")]
    for option in options(found):
        shown = [line for line in lines if line.split(" ", 3)[:3] == ["", "", option.opts[0]]]
        assert len(shown) == 1, option.opts
        assert group_of(option) in titles and group_of(option) != OTHER
    assert titles[-2:] == [OTHER, "Examples"]


@pytest.mark.parametrize("command", GROUPED)
def test_examples_are_commands_that_can_be_typed(command: str) -> None:
    found = COMMANDS[command]
    assert isinstance(found, GroupedCommand) and found.examples
    for typed, purpose in found.examples:
        program, name, *words = shlex.split(typed)
        assert (program, name) == ("edgebench", command)
        assert purpose
        with found.make_context(name, words):
            pass
