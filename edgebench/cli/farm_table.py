"""The table over all boards of a farm."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from edgebench.farm.results import BoardRow
from edgebench.results.words import duration


def print_boards(rows: Sequence[BoardRow]) -> None:
    """Print a row a board and a run."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for name in ("board", "model", "scenario", "clock", "runs", "p50", "samples/s", "accuracy", ""):
        justify = "right" if name in ("runs", "p50", "samples/s", "accuracy") else "left"
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(
            row.board, row.model, row.scenario, row.clock, str(row.repeats),
            "-" if row.p50_ns is None else duration(round(row.p50_ns)),
            "-" if row.rate is None else f"{row.rate:,.1f}",
            "-" if row.accuracy is None else f"{row.accuracy:.4g}",
            ", ".join(row.verdicts),
        )  # fmt: skip
    Console().print(table)
