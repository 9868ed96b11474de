"""Options are named by the command line alone: the library names parameters."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edgebench.cli import group
from tests.conftest import ROOT

PACKAGE = ROOT / "edgebench"
EVERY_PROGRAM_HAS = ("--help", "--version", "--quiet", "--verbose")
WORD_OF_A_COMMAND = re.compile(r"--[\w-]+")
"""A string that is an option and nothing else is handed to a program, not to a person."""


def options(command: click.Command) -> Iterator[str]:
    """Yield the long options of a command and of its sub-commands."""
    for parameter in command.params:
        yield from (each for each in (*parameter.opts, *parameter.secondary_opts) if each[2:])
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            sub_command = command.get_command(ctx, name)
            assert sub_command is not None
            yield from options(sub_command)


OURS = {each for each in options(group) if each.startswith("--")} - {*EVERY_PROGRAM_HAS}
NAMED = re.compile(rf"(?<![\w-])({'|'.join(sorted(map(re.escape, OURS), reverse=True))})(?![\w-])")


def options_in(source: str) -> list[str]:
    """Return the texts of a module that name an option, each with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if NAMED.search(node.value) and not WORD_OF_A_COMMAND.fullmatch(node.value):
                found.append(f"{node.lineno}: {node.value!r}")
        elif isinstance(node, ast.JoinedStr):
            made = re.sub(r"\{[^{}]*\}", "{}", ast.unparse(node))
            if re.search(r"(?<![\w(-])--\{\}", made):
                found.append(f"{node.lineno}: {made}")
    return found


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(PACKAGE)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "cli"
    ],
    ids=str,
)
def test_no_text_of_the_library_names_an_option(path: Path) -> None:
    assert options_in((PACKAGE / path).read_text(encoding="utf-8")) == []


def texts_of(value: object) -> Iterator[str]:
    """Yield all strings of a TOML file's values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_of(each)


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(ROOT)
        for folder in ("boards", "datasets", "models", "edgebench")
        for path in sorted((ROOT / folder).rglob("*.toml"))
    ],
    ids=str,
)
def test_no_card_names_an_option(path: Path) -> None:
    """What a card says reaches Python by `list_boards` and the like."""
    texts = texts_of(tomllib.loads((ROOT / path).read_text(encoding="utf-8")))
    named = [text for text in texts if NAMED.search(text)]
    assert [text for text in named if not WORD_OF_A_COMMAND.fullmatch(text)] == []


def test_an_option_in_a_text_is_found() -> None:
    assert len(OURS) > 80
    assert options_in('raise UsageError("--duration is too short")')
    assert options_in('raise UsageError(f"{path}: choose another --out, not {out}")')
    assert options_in("raise UsageError(f\"--{name.replace('_', '-')} is for a device\")")
    assert options_in('"""Leave ``--official`` out."""')
    assert not options_in('command = ["--out", str(path), "pip install --no-deps"]')
    assert not options_in('raise UsageError("`duration_s` is too short")')
    assert not options_in('style = f"var(--{name})"')
