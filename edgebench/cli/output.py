"""All that commands print: text from outside reaches no terminal with its control characters.

Names of devices and models, logs, warnings and answers may have escape sequences in them, which
move the cursor, set the title or answer for the user. They are shown as ``\\x1b``. Every command
prints by `echo` or `new_console`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edgebench.text.printable import printable_lines

if TYPE_CHECKING:
    from rich.console import Console


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text; its lines stay lines."""
    click.echo(printable_lines(str(text)), err=err, nl=nl)


def replace_line(text: str) -> None:
    """Print a text in place of the line that the cursor is in, on stderr."""
    click.echo(f"\r{printable_lines(text)}", err=True, nl=False)


def new_console(*, stderr: bool = False, highlight: bool = True) -> Console:
    """Return a console for tables and styled text."""
    # `--help` does not need rich.
    from edgebench.cli.printable_console import PrintableConsole

    return PrintableConsole(stderr=stderr, highlight=highlight)
