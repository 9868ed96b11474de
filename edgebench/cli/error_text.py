"""Say the library's errors in the words of the command line.

The library names a parameter in backticks, `duration_s`; the user typed ``--duration``. A name that
is a parameter of the running command is shown as its option or argument; any other stays as it is.
A call of one of the package's functions is shown as the command that does the same.
"""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections.abc import Iterator, Mapping

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
_CALLED = re.compile(r"`edgebench\.(\w+\([^`]*\))`")
_NO_CALL = (
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
    MemoryError,
)
"""What reading a text that is no call of a public function with constant arguments ends in."""
_OF_FILES = (CardInvalid, LogInvalid, RequestInvalid, RunDirectoryInvalid)
"""Errors about a file: what they have in backticks are its keys."""
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "baud": ("rates",),
    "dataset": ("finetune", "calibrate"),
    "kind": ("export",),
    "organization": ("org",),
    "port": ("device",),
    "runs": ("run_dirs",),
    "seed": ("first_seed",),
}
"""A parameter of the library, and the parameters of commands that stand for it."""
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "clean_up_farm": ("farm", "cleanup"),
    "compare_runs": ("compare",),
    "dataset_from_images": ("dataset", "from-images"),
    "dataset_from_wav": ("dataset", "from-wav"),
    "export": ("deploy",),
    "farm_results": ("farm", "report"),
    "fine_tune": ("train",),
    "gate": ("compare",),
    "init_submission": ("submit", "{kind}", "--init"),
    "integrate_power": ("power", "integrate"),
    "list_boards": ("list", "boards"),
    "list_datasets": ("list", "datasets"),
    "list_meters": ("list", "meters"),
    "list_models": ("list", "models"),
    "list_places": ("farm", "list"),
    "list_pullable": ("pull",),
    "list_runtimes": ("list", "runtimes"),
    "make_larger": ("make",),
    "plan_farm": ("farm", "run", "--dry-run"),
    "read_run": ("summary",),
    "record_power": ("power", "record"),
    "rehearse_tiny": ("rehearse", "tiny"),
    "resume": ("run", "--resume"),
    "run_farm": ("farm", "run"),
    "run_request": ("run",),
    "submit_inference": ("submit", "inference"),
    "submit_tiny": ("submit", "tiny"),
    "summarize": ("summary",),
}
"""A function, and the words of its command if these are others than its name."""


def as_options(text: str) -> str:
    """Return a text with the options of the command that runs, as `with_options` does."""
    context = click.get_current_context(silent=True)
    return text if context is None else with_options(text, context.command)


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

    def option(match: re.Match[str]) -> str:
        name, value = match.groups()
        found = _parameter(command, name)
        return match[0] if found is None else " ".join(_as_typed(found, value))

    def as_command(match: re.Match[str]) -> str:
        # What a file or a device says may look like a call.
        try:
            return f"`{_as_command(match[1])}`"
        except _NO_CALL:
            return match[0]

    return _CALLED.sub(as_command, _NAMED.sub(option, text))


def in_options(text: str) -> str:
    """Return a text with the running command's options in place of the parameters."""
    return with_options(text, click.get_current_context().command)


def _parameter(command: click.Command, name: str) -> click.Parameter | None:
    """Return the parameter of a command that stands for one of the library."""
    names = (name, *OTHER_NAMES.get(name, ()))
    return next((each for each in command.params if each.name in names), None)


def _as_typed(parameter: click.Parameter, value: str | None) -> Iterator[str]:
    """Yield a parameter, and its value if there is one, as they are typed in a shell."""
    if not isinstance(parameter, click.Option):
        yield value or parameter.metavar or str(parameter.name).upper()
    elif parameter.is_flag and value == "False" and parameter.secondary_opts:
        yield max(parameter.secondary_opts, key=len)
    else:
        yield max(parameter.opts, key=len)
        if value is not None and not parameter.is_flag:
            yield value


def _as_command(call: str) -> str:
    """Return the command that does what a call of a public function does.

    Raises
    ------
    Exception
        One of `_NO_CALL`, if the text is no such call.
    """
    from edgebench import api

    tree = ast.parse(call, mode="eval").body
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        raise ValueError(call)
    function = tree.func.id
    named = getattr(api, function)
    if not inspect.isfunction(named):
        raise TypeError(call)
    positional = list(inspect.signature(named).parameters)
    values = dict(zip(positional, map(ast.literal_eval, tree.args), strict=False))
    values |= {each.arg or "": ast.literal_eval(each.value) for each in tree.keywords}
    words = COMMANDS.get(function, (function.replace("_", "-"),))
    words = tuple(word.format(**values) for word in words)
    command = _command(words)
    for name, value in values.items():
        parameter = _parameter(command, name)
        if parameter is not None:
            words += tuple(shlex.quote(word) for word in _words(parameter, value))
    return " ".join(("edgebench", *words))


def _command(words: tuple[str, ...]) -> click.Command:
    """Return the command of the running program that those words name."""
    found = click.get_current_context().find_root().command
    for word in words:
        if isinstance(found, click.Group):
            found = found.get_command(click.Context(found), word) or found
    return found


def _words(parameter: click.Parameter, value: object) -> Iterator[str]:
    """Yield the words that give a parameter a value."""
    if isinstance(value, dict):
        value = [f"{key}={each}" for key, each in value.items()]
    several = list(value) if isinstance(value, list | tuple) else [value]
    if parameter.multiple or parameter.nargs == -1:
        for each in several:
            yield from _as_typed(parameter, str(each))
    else:
        yield from _as_typed(parameter, ",".join(map(str, several)))


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
