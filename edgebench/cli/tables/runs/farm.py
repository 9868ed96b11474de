"""The table over all boards of a farm."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.farm.results import FarmRow
from edgebench.results.formatting import duration

Cell = Callable[[FarmRow], str]

COLUMNS: tuple[tuple[str, Cell], ...] = (
    ("board", lambda row: row.board),
    ("model", lambda row: row.model),
    ("scenario", lambda row: "damaged" if row.problem else row.scenario),
    ("clock", lambda row: row.clock),
    ("runs", lambda row: str(row.repeats)),
    ("p50", lambda row: "" if row.p50_ns is None else duration(round(row.p50_ns))),
    ("samples/s", lambda row: "" if row.rate is None else f"{row.rate:,.1f}"),
    ("accuracy", lambda row: "" if row.accuracy is None else f"{row.accuracy:.4g}"),
)
FIGURES = ("runs", "p50", "samples/s", "accuracy")


def print_boards(rows: Sequence[FarmRow]) -> None:
    """Print one row per board and run; a column without any value is left out.

    Verdicts are sentences: they follow below the table, each with its boards. A run that can't be
    read has its row too; the caller says why.
    """
    table = new_table()
    shown = [(name, cell) for name, cell in COLUMNS if any(map(cell, rows))]
    for name, _ in shown:
        figures = name in FIGURES
        table.add_column(
            name,
            justify="right" if figures else "left",
            overflow="fold",
            no_wrap=figures or name == "scenario",
        )
    for row in rows:
        table.add_row(*(cell(row) or "-" for _, cell in shown))
    console = new_console()
    console.print(table)
    boards: dict[str, list[str]] = {}
    for row in rows:
        for verdict in row.verdicts:
            boards.setdefault(verdict, []).append(row.board)
    for verdict, names in boards.items():
        console.print(f"{verdict}: {', '.join(dict.fromkeys(names))}", markup=False)
