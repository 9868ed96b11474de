"""Siblings of a model as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.results.formatting import duration
from edgebench.training.siblings.pareto import COSTS, front
from edgebench.training.siblings.reduce import Sibling


def print_siblings(siblings: Sequence[Sibling]) -> None:
    """Print a line a sibling; a star where no other beats it."""
    table = new_table()
    table.add_column("model", overflow="fold")
    table.add_column("variant", no_wrap=True)
    for name in ("accuracy", "bytes", "MACs", "invoke p50"):
        table.add_column(name, justify="right", no_wrap=True)
    fronts = {cost: front(siblings, cost) for cost in COSTS}
    for each in siblings:
        star = {cost: " *" if each in fronts[cost] else "  " for cost in COSTS}
        table.add_row(
            each.name,
            each.variant,
            f"{each.accuracy:g}",
            f"{each.size_bytes:,}{star['size_bytes']}",
            f"{each.macs:,}{star['macs']}",
            f"{duration(each.latency_ns)}{star['latency_ns']}",
        )
    console = new_console()
    console.print(table)
    console.print("* no other is as accurate at less", style="dim")
