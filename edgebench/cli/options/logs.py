"""The options about the log, before a command and after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

_KEY = __name__


def is_quiet(ctx: click.Context) -> bool:
    """Whether progress is not to be shown."""
    return bool(ctx.meta.get(_KEY, {}).get("quiet"))


def log_options(*, hidden: bool = False) -> list[click.Parameter]:
    """Return the options; `add_log_options` gives them to a command.

    Parameters
    ----------
    hidden
        Whether the command's help leaves them out.
    """
    common: dict[str, Any] = {"expose_value": False, "callback": _note, "hidden": hidden}
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            help="Log the steps to standard error; -vv also what devices and meters say.",
            **common,
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Show no progress.", **common),
        click.Option(
            ["--log-file"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Append the whole log to a file, whatever is shown.",
            **common,
        ),
    ]


def add_log_options(command: click.Command) -> None:
    """Let a command take the options too, unless it does so already."""
    if not any(parameter.callback is _note for parameter in command.params):
        command.params += log_options(hidden=True)


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep what one option says, and start the log if it is to be shown or written."""
    asked = ctx.meta.setdefault(_KEY, {"verbose": 0, "quiet": False, "log_file": None})
    if not value:
        return
    asked[param.name] = asked["verbose"] + value if param.name == "verbose" else value
    if param.name == "quiet":
        return
    # Here, since logging would only slow --help down.
    from edgebench.logs import start_logging

    try:
        start_logging(asked["verbose"], asked["log_file"])
    except OSError as error:
        raise click.BadParameter(f"{value}: {error.strerror}", ctx, param) from error
