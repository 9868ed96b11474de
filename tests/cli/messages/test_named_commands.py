"""Every command, option and extra that a text of the package names is there to be typed."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edgebench import api
from edgebench.cli import group
from edgebench.cli.error_text import OTHER_NAMES, with_options
from edgebench.cli.options.logs import add_log_options
from edgebench.power.drivers import meter_drivers
from edgebench.power.options import declared_options
from tests.conftest import ROOT

PACKAGE = ROOT / "edgebench"
HOLE = "{}"
"""What stands for a value that is known only when a text is written."""
QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
PLACEHOLDER = re.compile(r"[A-Z][A-Z_:@.,=\[\]]*|.*\{\}.*|.*NAME.*", re.DOTALL)
"""What a user is to put something else for."""
EXTRA = re.compile(r"edgebench\[([\w,-]+)\]")


def texts(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the strings of a module, with `HOLE` for each value, and whether it is a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = [
                part.value if isinstance(part, ast.Constant) else HOLE for part in node.values
            ]
            yield "".join(map(str, pieces)), False
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in parts:
                yield node.value, id(node) in docstrings


ALL_TEXTS = [each for path in sorted(PACKAGE.rglob("*.py")) for each in texts(path)]


def quoted(beginning: str, docstrings: bool = True) -> list[str]:
    """Return what stands in backticks and begins so, each once."""
    found = {
        each
        for text, is_docstring in ALL_TEXTS
        if docstrings or not is_docstring
        for each in QUOTED.findall(text.replace("``", "`"))
        if re.match(beginning, each)
    }
    return sorted(found)


def commands(found: click.Command) -> Iterator[click.Command]:
    yield found
    if isinstance(found, click.Group):
        ctx = click.Context(found)
        for name in found.list_commands(ctx):
            command = found.get_command(ctx, name)
            assert command is not None
            yield from commands(command)


def require_typeable(text: str) -> None:
    """Parse a command line as click does; values that are no placeholders must be of their type."""
    command: click.Command = group
    ctx = click.Context(group, info_name="edgebench")
    words = [word.rstrip(".") if word.startswith("-") else word for word in shlex.split(text)[1:]]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        inner = command.get_command(ctx, name)
        assert inner is not None, f"{text}: there is no command {name!r}"
        command, ctx = inner, click.Context(inner, info_name=name, parent=ctx)
    add_log_options(command)
    values, rest, _ = command.make_parser(ctx).parse_args(args=list(words))
    assert not rest, f"{text}: it takes no {rest}"
    for parameter in command.params:
        value = values.get(str(parameter.name))
        several = value if isinstance(value, list | tuple) else [value]
        for each in several:
            if isinstance(each, str) and not PLACEHOLDER.fullmatch(each):
                parameter.type.convert(each, parameter, ctx)


@pytest.mark.parametrize("text", quoted(r"edgebench(\s|$)"))
def test_a_command_that_a_text_names_can_be_typed(text: str) -> None:
    require_typeable(text)


def test_what_cannot_be_typed_is_found() -> None:
    require_typeable("edgebench run MODEL --threads 2")
    with pytest.raises(AssertionError):
        require_typeable("edgebench rnu MODEL")
    with pytest.raises(AssertionError):
        require_typeable("edgebench meters NAME")
    for wrong in (
        "edgebench run --thread 2",
        "edgebench run --threads",
        "edgebench run --threads x",
    ):
        with pytest.raises(click.UsageError):
            require_typeable(wrong)
    assert len(quoted(r"edgebench(\s|$)")) > 30


def made_of_parts(path: Path) -> Iterator[str]:
    """Yield the calls of public functions that a module makes into text, with example values."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "call_text" and isinstance(node.args[0], ast.Constant):
            function, *rest = node.args
            assert isinstance(function, ast.Constant)
            is_submission = function.value == "init_submission"
            words = ["'tiny'" if is_submission else "'X'" for _ in rest]
            words += [f"{each.arg}={literal(each.value)}" for each in node.keywords if each.arg]
            yield f"edgebench.{function.value!s}({', '.join(words)})"


def literal(value: ast.expr) -> str:
    """Return the value that stands in a call, or one in its place."""
    try:
        return repr(ast.literal_eval(value))
    except ValueError:
        return "'X'"


def calls() -> list[str]:
    """Return the calls of public functions that texts name."""
    made = {each for path in PACKAGE.rglob("*.py") for each in made_of_parts(path)}
    return sorted({*quoted(r"edgebench\.\w+\([^{]*$"), *made})


@pytest.mark.parametrize("text", calls())
def test_a_call_that_a_text_names_is_one_and_has_a_command(text: str) -> None:
    tree = ast.parse(text, mode="eval").body
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute)
    signature = inspect.signature(getattr(api, tree.func.attr))
    signature.bind_partial(*tree.args, **{str(each.arg): each.value for each in tree.keywords})
    with click.Context(group):
        shown = with_options(f"`{text}`", group)
    require_typeable(shown.strip("`"))


def parameters() -> dict[str, list[click.Parameter]]:
    """Return the parameters of all commands by their names."""
    found: dict[str, list[click.Parameter]] = {}
    for command in commands(group):
        for each in command.params:
            found.setdefault(str(each.name), []).append(each)
    return found


METERS_OWN = {
    option.key
    for driver in meter_drivers()[0]
    for option in declared_options(driver.options).values()
}
"""What meters' own settings are called, which are written behind a meter's name."""


@pytest.mark.parametrize("text", quoted(r"[a-z_]+=[^=]+$", docstrings=False))
def test_a_parameter_with_a_value_is_an_option_of_a_command(text: str) -> None:
    name, _, value = text.partition("=")
    names = (name, *OTHER_NAMES.get(name, ()))
    found = [each for known in names for each in parameters().get(known, [])]
    assert found or name in METERS_OWN, f"`{text}`: no command has `{name}`"
    value = value.strip("'")
    if value in ("True", "False") or PLACEHOLDER.fullmatch(value):
        return
    for parameter in found:
        parameter.type.convert(value, parameter, click.Context(group))


def test_every_extra_that_a_text_names_is_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        extra
        for text, _ in ALL_TEXTS
        for several in EXTRA.findall(text)
        for extra in several.split(",")
    }
    assert named <= set(project["optional-dependencies"])
    assert {"train", "report", "quantize", "power", "ppk2", "shard"} <= named
