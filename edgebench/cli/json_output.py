"""Results and errors of commands as JSON, for ``--json``; docs/json.md describes it."""

from __future__ import annotations

from typing import Any

import click

from edgebench.cli.output import echo

FLAG = "--json"


def _note(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    ctx.meta[__name__] = value


json_option = click.option(
    FLAG, is_flag=True, expose_value=False, callback=_note, help="JSON instead of text."
)


def is_json() -> bool:
    """Whether the command was asked for JSON: standard output then has nothing else."""
    return bool(click.get_current_context().meta.get(__name__))


def wrote_json(value: Any) -> bool:
    """Print a command's result as JSON, if that was asked for; say whether it was."""
    if not is_json():
        return False
    from edgebench.text.json_schema import plain_json
    from edgebench.text.json_text import json_text

    echo(json_text(plain_json(value)))
    return True


def write_error(kind: str, message: str, exit_code: int) -> None:
    """Print why a command failed as JSON."""
    from edgebench.text.json_text import json_text

    echo(json_text({"error": {"kind": kind, "message": message, "exit_code": exit_code}}))
