"""Whether it got faster, as a table for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.compare_runs import RunChange
from edgebench.results.formatting import duration, joules

TEXTS: dict[str, Callable[[float], str]] = {
    "J": joules,
    "ns": lambda value: duration(round(value)),
    "": lambda value: f"{value:,.0f}",
}
STYLES = {"faster": "green", "slower": "bold red", "can't tell": "yellow"}


def print_changes(changes: Sequence[RunChange]) -> None:
    """Print a line a quantity, and below what sets the two apart."""
    console = new_console()
    names = ("what", "before", "after", "change", "verdict")
    table = new_table(*names, texts=("what", "verdict"), lines=True)
    for row, each in zip(change_rows(changes), changes, strict=True):
        table.add_row(
            Text(f"{row['model']} {row['scenario']}\n{row['quantity']}, {row['runs']} runs"),
            row["before"],
            row["after"],
            f"{row['change']}\n{row['95 % interval']}",
            Text(row["verdict"], STYLES[each.change.verdict]),
        )
    console.print(table)
    lines: dict[str, None] = {}
    for each in changes:
        if each.change.why:
            lines[f"{each.model} {each.scenario}, {each.quantity}: {each.change.why}"] = None
    for each in changes:
        lines |= dict.fromkeys(f"differs: {text}" for text in each.differs)
        lines |= dict.fromkeys(each.notes)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def change_rows(changes: Sequence[RunChange]) -> list[dict[str, str]]:
    """Return each change's texts by column."""
    return [_row(each) for each in changes]


def _row(each: RunChange) -> dict[str, str]:
    change = each.change
    text = TEXTS[each.unit]
    # Less is better in all of them; what people ask is by how much it changed.
    low, high = change.low - 1, change.high - 1
    runs = f"{each.runs_before} / {each.runs_after}"
    return {
        "model": each.model,
        "scenario": each.scenario,
        "quantity": each.quantity,
        "before": text(change.before),
        "after": text(change.after),
        "change": f"{change.ratio - 1:+.1%}",
        "95 % interval": f"{low:+.1%} to {high:+.1%}",
        "runs": runs,
        "verdict": change.verdict,
    }
