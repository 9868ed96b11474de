"""A group of commands that says which of its commands failed."""

from __future__ import annotations

import re
from typing import Any

import click

from edgebench.cli.error_text import CommandFailed, with_options
from edgebench.cli.options.logs import add_log_options
from edgebench.errors import EdgebenchError, Interrupted, UsageError
from edgebench.errors.suggestion import nearest_name

RENAMED = {
    "check --official": "--official-checkout",
    "check --version": "--round",
    "inference --system": "--system-file",
    "inference --version": "--round",
    "pull --from": "--source",
    "record --seconds": "--duration",
    "reduce --sweep": "--all",
    "tiny --system": "--system-file",
    "tiny --version": "--round",
    "tune --bound-ms": "--latency-bound",
}
"""Options that scripts may still have, by command, and what they are called now."""


class Group(click.Group):
    """A group whose commands' errors are shown with the options of the command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; keep it for `invoke`."""
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            closest = nearest_name(args[0], self.list_commands(ctx))
            if closest and "Did you mean" not in error.message:
                message = f"{error.message} Did you mean {closest!r}?"
                raise click.UsageError(message, ctx) from error
            raise
        ctx.meta[__name__] = (command, f"{ctx.command_path} {name}")
        if command is not None:
            add_log_options(command)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Raises
        ------
        CommandFailed
            In place of an error of the library.
        Interrupted
            After Ctrl-C.
        """
        try:
            return super().invoke(ctx)
        except EdgebenchError as error:
            command, path = ctx.meta.get(__name__, (self, ctx.command_path))
            _log(error)
            raise CommandFailed(error, command, path) from error
        except click.NoSuchOption as error:
            command_name = error.ctx.info_name if error.ctx is not None else ""
            new = RENAMED.get(f"{command_name} {error.option_name}")
            if new is None:
                raise
            message = f"No such option {error.option_name!r}. It is called {new} now."
            raise click.NoSuchOption(error.option_name, message, ctx=error.ctx) from error
        except click.BadParameter as error:
            closest = _closest_choice(error)
            if closest is None:
                raise
            message = f"{error.message} Did you mean {closest!r}?"
            raise click.BadParameter(message, error.ctx, error.param, error.param_hint) from error
        except Interrupted as stop:
            command, _ = ctx.meta.get(__name__, (self, ""))
            raise Interrupted(with_options(str(stop), command), stop.kept) from stop


def _closest_choice(error: click.BadParameter) -> str | None:
    """Return the choice of an option or argument that looks most like what was typed."""
    kind = error.param.type if error.param is not None else None
    typed = re.match(r"'(.*)' is not one of ", error.message)
    if not isinstance(kind, click.Choice) or typed is None:
        return None
    return UsageError.unknown("", typed[1], map(str, kind.choices)).suggestion


def _log(error: EdgebenchError) -> None:
    """Leave an error in the log with its traceback: it is shown to the user without one."""
    import logging

    logging.getLogger(__name__).debug("%s: %s", type(error).__name__, error, exc_info=error)
