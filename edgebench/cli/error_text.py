"""Say the library's errors in the words of the command line.

The library names a parameter in backticks, `duration_s`; the user typed ``--duration``. A name that
is a parameter of the running command is shown as its option or argument; any other stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import click

from edgebench.errors import (
    CardInvalid,
    EdgebenchError,
    LogInvalid,
    RequestInvalid,
    RunDirectoryInvalid,
    UsageError,
)

_NAMED = re.compile(r"`([A-Za-z_]\w*)(?:=([^`]*))?`")
_OF_FILES = (CardInvalid, LogInvalid, RequestInvalid, RunDirectoryInvalid)
"""Errors about a file: what they have in backticks are its keys."""
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "organization": ("org",),
    "port": ("device",),
}
"""A parameter of the library, and the parameters of commands that stand for it."""


def with_options(text: str, command: click.Command) -> str:
    """Return a text with the command's options in place of the parameters that it names.

    Examples
    --------
    >>> duration = click.Option(["--duration", "duration_s"])
    >>> checked = click.Option(["--check/--no-check"])
    >>> command = click.Command("run", params=[duration, checked])
    >>> with_options("`duration_s` is too short: try `duration_s=10`, `check=False`", command)
    '--duration is too short: try --duration 10, --no-check'
    """
    parameters = {parameter.name: parameter for parameter in command.params}

    def option(match: re.Match[str]) -> str:
        name, value = match.groups()
        names = (name, *OTHER_NAMES.get(name, ()))
        known = [parameters[each] for each in names if each in parameters]
        return _as_typed(known[0], value) if known else match[0]

    return _NAMED.sub(option, text)


def _as_typed(parameter: click.Parameter, value: str | None) -> str:
    """Return a parameter, and its value if there is one, as they are typed in a shell."""
    if not isinstance(parameter, click.Option):
        return parameter.metavar or str(parameter.name).upper()
    option = max(parameter.opts, key=len)
    if value is None or (parameter.is_flag and value == "True"):
        return option
    if parameter.is_flag and value == "False" and parameter.secondary_opts:
        return max(parameter.secondary_opts, key=len)
    return f"{option} {value}"


class CommandFailed(Exception):
    """An error of the library, in the words of the command that it ended."""

    def __init__(self, error: EdgebenchError, command: click.Command, path: str) -> None:
        text = str(error)
        if not isinstance(error, _OF_FILES):
            text = with_options(text, command)
        if error.suggestion is not None:
            text += f"\nDid you mean {error.suggestion!r}?"
        if type(error) is UsageError:
            text += f"\nSee `{path} --help`."
        super().__init__(text)
        self.exit_code = error.exit_code
