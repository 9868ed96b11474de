"""``edgebench console``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgebench.cli.options.device import baud_option, device_option, reset_option
from edgebench.cli.output import echo

if TYPE_CHECKING:
    from edgebench.device.options import Reset


@click.command("console", short_help="Talk to a serial device by hand.")
@device_option(required=True)
@baud_option
@reset_option
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where every byte is kept.  [default: edgebench-console.txt]",
)
@click.option(
    "--raw", is_flag=True, help="Send the device's control characters to the terminal as they are."
)
def command(device: str, baud: int, reset: Reset, transcript: Path | None, raw: bool) -> None:
    """Send lines to a device and show what it answers, until Ctrl-D.

    A command's last `%` may be left out: `name`, `profile`, `infer 1 0`, `help`. Lines may come
    from a pipe.
    """
    from edgebench import api

    path = transcript or Path("edgebench-console.txt")
    echo(f"{device} at {baud} baud; every byte goes to {path}; Ctrl-D ends", err=True)
    api.console(
        device, _lines(), show=_show_raw if raw else _show, baud=baud, reset=reset, transcript=path
    )


def _show(text: str) -> None:
    echo(text, nl=False)


def _show_raw(text: str) -> None:
    click.echo(text, nl=False)


def _lines() -> Iterator[str]:
    interactive = sys.stdin.isatty()
    while True:
        if interactive:
            echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line
