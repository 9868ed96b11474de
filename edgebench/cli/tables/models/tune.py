"""What tuning found, as a table for people."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.models.tflite.width import Width
from edgebench.tuning.objective import OBJECTIVES
from edgebench.tuning.tuned import Finalist, Tuned

NAMES = {"vendor": "threads = cores"}


def print_tuned(tuned: Tuned, path: Path) -> None:
    """Print the finalists side by side, what was chosen, and what the search cost."""
    console = new_console()
    table = new_table(
        "settings",
        tuned.unit,
        "least to most",
        "by default",
        "95 % interval",
        texts=("settings",),
        title=f"{tuned.model}: {tuned.objective}",
        title_style="bold",
    )
    for each in tuned.finalists:
        mark = "bold green" if each is tuned.winner else ""
        names = ", ".join(NAMES.get(name, name) for name in each.names)
        low, high = each.interval
        table.add_row(
            Text(f"{names}\n{each.settings}", mark),
            _number(each.figure),
            f"{_number(low)} to {_number(high)}",
            *_gain(each, tuned.objective),
        )
    console.print(table)
    lines = [
        f"chosen: {tuned.chosen}",
        _width(tuned.width),
        f"{len(tuned.trials)} trials in {tuned.took_s:.0f} s; kept in {path}",
        *tuned.notes,
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _gain(each: Finalist, objective: str) -> tuple[str, str]:
    """Return how many times better than the default, and between what."""
    if each.change is None:
        return "1.00 x", ""
    change = each.change
    ends = change.ratio, change.low, change.high
    # A cost is what changed; of a rate people want to read the rate.
    if not OBJECTIVES[objective].lower_is_better:
        ends = 1 / change.ratio, 1 / change.high, 1 / change.low
    return f"{ends[0]:.2f} x", f"{ends[1]:.2f} to {ends[2]:.2f}"


def _width(width: Width) -> str:
    return (
        f"the graph: {width.heavy_ops} heavy ops on {width.levels} levels, {width.average:.2f} "
        "side by side on average"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
