"""Print what a rehearsal has started, and the commands to type for it."""

from __future__ import annotations

from rich.markup import escape

from edgebench.cli.output import echo, new_console
from edgebench.cli.tables.table import new_table
from edgebench.harness.rehearsal.rehearsal import Rehearsal


def print_rehearsal(rehearsal: Rehearsal, *, has_tiny: bool) -> None:
    """Print the ports, and the runner's command for each benchmark and mode.

    Parameters
    ----------
    has_tiny
        Whether the user has named a checkout of MLCommons' repository.
    """
    names = ("benchmark", "device", "interface board", "LPM01A")
    table = new_table(*names, texts=names)
    for each in rehearsal.benchmarks:
        row = (each.benchmark, each.device, each.interface, rehearsal.meter)
        table.add_row(*map(escape, row))
    new_console().print(table)
    where = "" if has_tiny else "; TINY is your checkout of github.com/mlcommons/tiny"
    echo(f"in another terminal, with a Python that has the runner's requirements{where}:\n")
    echo(f"cd {rehearsal.folder}")
    for each in rehearsal.benchmarks:
        for typed in each.commands.values():
            echo(typed)
    echo("\nthe runner leaves its results in sessions/; Ctrl-C here ends everything")
