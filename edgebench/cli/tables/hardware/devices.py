"""Serial ports as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.device.probe import PortFinding


def print_ports(found: Sequence[PortFinding]) -> None:
    """Print a line a port, and below what to do where nobody answers."""
    console = new_console()
    if not found:
        console.print(
            "no serial port is here; plug a board in, name a port (`edgebench devices PORT`), or "
            "try without hardware: `edgebench run --device emulated:kws`"
        )
        return
    names = ("port", "who answers", "model", "baud", "extensions")
    table = new_table(*names, texts=names)
    for each in found:
        identity = each.identity
        if identity is None:
            table.add_row(escape(each.port), "[yellow]nobody[/yellow]", "", "", "")
            continue
        table.add_row(
            escape(each.port),
            f"[green]{escape(identity.name)}[/green]",
            escape(identity.model),
            str(each.baud),
            "yes" if identity.extensions else "no",
        )
    console.print(table)
    for each in found:
        if each.identity is None:
            what = f" ({each.description})" if each.description not in ("", "n/a") else ""
            console.print(f"{each.port}{what}: {each.advice}", soft_wrap=True, markup=False)
    answering = [each for each in found if each.identity]
    if answering:
        console.print(f"measure it: edgebench run --device {answering[0].port}", markup=False)
