"""Results over time, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import median

from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.runs.change import STYLES, TEXTS
from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.history import ChangePoint, History, HistoryLine

BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 24
"""Runs in a line's chart: the last ones."""


def print_history(history: History) -> None:
    """Print a row per metric, and its change points below."""
    console = new_console(highlight=False)
    has_bars = console.encoding.lower().startswith("utf")
    names = ("what", "runs", "first", "median", "last", *(("trend",) if has_bars else ()))
    table = new_table(*names, texts=("what", "trend"), lines=True)
    for line in history.lines:
        values = [point.value for point in line.points]
        text = TEXTS[line.unit]
        settings = ", ".join(f"{name} {value}" for name, value in line.settings.items())
        label = f"{line.model} {line.variant} {line.scenario}".replace("  ", " ")
        table.add_row(
            Text("\n".join(filter(None, (label, line.metric, settings)))),
            f"{len(values)}\n{_day(line, 0)}\n{_day(line, -1)}",
            text(values[0]),
            text(median(values)),
            text(values[-1]),
            *((bars_of(values[-MOST_BARS:]),) if has_bars else ()),
        )
    console.print(table)
    found = [(line, change) for line in history.lines for change in line.changes]
    for line, change in found:
        console.print(_sentence(line, change), soft_wrap=True)
    if not found:
        console.print("no change points")


def bars_of(values: Sequence[float]) -> str:
    """Return a bar per value, by its logarithm between the least and the largest."""
    low, high = (log(of(values)) for of in (min, max))
    if high == low:
        return BARS[0] * len(values)
    share = (len(BARS) - 1) / (high - low)
    return "".join(BARS[round((log(value) - low) * share)] for value in values)


def _day(line: HistoryLine, place: int) -> str:
    return line.points[place].started[:10]


def _sentence(line: HistoryLine, point: ChangePoint) -> Text:
    change, text = point.change, TEXTS[line.unit]
    low, high = change.low - 1, change.high - 1
    interval = "" if low == high else f" ({low:+.1%} to {high:+.1%})"
    what = f"{line.model} {line.variant} {line.scenario}, {line.metric}".replace("  ", " ")
    apart = "".join(f"; {text}" for text in (*point.differs, *point.notes))
    return Text.assemble(
        f"{point.started[:16].replace('T', ' ')}  {what}: ",
        (change.verdict, STYLES[change.verdict]),
        f" {change.ratio - 1:+.1%}{interval}, {text(change.before)} to {text(change.after)}{apart}",
    )
