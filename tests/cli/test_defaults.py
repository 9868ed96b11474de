"""What a command takes where nothing is given is what the library takes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import edgebench
from edgebench.cli import group
from edgebench.cli.commands.runs.run import command as run_command
from edgebench.cli.error_text import COMMANDS
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest
from edgebench.runtime_settings import RuntimeSettings

PLAIN = (bool, int, float, str, Path)
"""Of other defaults, such as None, the library decides."""
NOT_GIVEN = (None, inspect.Parameter.empty, dataclasses.MISSING)


def _of_commands() -> Iterator[tuple[str, str, object, object]]:
    """Yield each parameter that a command and its function share, with both defaults."""
    for name in dir(edgebench):
        function = getattr(edgebench, name)
        words = COMMANDS.get(name, (name.replace("_", "-"),))
        command = _command([word for word in words if word[0] not in "-{"])
        if inspect.isfunction(function) and command is not None:
            for each in inspect.signature(function).parameters.values():
                yield from _both(name, command, each.name, each.default)


def _of_run() -> Iterator[tuple[str, str, object, object]]:
    for kind in (RunRequest, DeviceRequest, RuntimeSettings):
        for each in dataclasses.fields(kind):
            yield from _both(kind.__name__, run_command, each.name, each.default)


def _both(
    what: str, command: click.Command, name: str, default: object
) -> Iterator[tuple[str, str, object, object]]:
    option = next((each for each in command.params if each.name == name), None)
    if option is not None and isinstance(option.default, PLAIN) and default not in NOT_GIVEN:
        taken = option.process_value(click.Context(command), option.default)
        yield what, name, taken, default


def _command(words: list[str]) -> click.Command | None:
    found: click.Command | None = group
    for word in words:
        if not isinstance(found, click.Group):
            return None
        found = found.get_command(click.Context(found), word)
    return found


PAIRS = [*_of_commands(), *_of_run()]


@pytest.mark.parametrize(
    ("what", "name", "command", "library"), PAIRS, ids=[f"{each[0]}-{each[1]}" for each in PAIRS]
)
def test_a_command_s_default_is_the_library_s(
    what: str, name: str, command: object, library: object
) -> None:
    assert (str(command) if isinstance(command, Path) else command) == library


@pytest.mark.parametrize(
    "name", ["compare-limit", "tune-budget_s", "RunRequest-warmup_s", "DeviceRequest-retries"]
)
def test_what_is_compared_has_the_defaults_that_were_written_twice(name: str) -> None:
    assert name in {f"{each[0]}-{each[1]}" for each in PAIRS}
