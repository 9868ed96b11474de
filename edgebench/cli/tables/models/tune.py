"""The table of the settings that tuning compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from edgebench.cli.error_text import as_options
from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.models.tflite.width import Width
from edgebench.text.call_text import call_text
from edgebench.tuning.objective import BOUNDED, OBJECTIVES
from edgebench.tuning.texts import chosen_text, finalist_rows
from edgebench.tuning.tune import Tuned

MEASURED_BY = ("dataset", "signature", "shape")
"""What a run has to be given again."""


def print_tuned(tuned: Tuned, path: Path, given: Mapping[str, Any]) -> None:
    """Print the finalists side by side, what was chosen, and what the search cost.

    Parameters
    ----------
    path
        Where it is kept.
    given
        What the command was given, by name.
    """
    console = new_console()
    rows = finalist_rows(tuned)
    title = f"{tuned.model}: {tuned.objective}"
    table = new_table(*rows[0], texts=("settings",), title=title, title_style="bold")
    for each, row in zip(tuned.finalists, rows, strict=True):
        settings, *figures = row.values()
        table.add_row(Text(settings, "bold green" if each is tuned.winner else ""), *figures)
    console.print(table)
    lines = [
        as_options(chosen_text(tuned)),
        _width(tuned.width),
        f"{len(tuned.trials)} trials in {tuned.took_s:.0f} s; kept in {path}",
        *map(as_options, tuned.notes),
        *_use(tuned, given),
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _use(tuned: Tuned, given: Mapping[str, Any]) -> list[str]:
    """Return the command that runs what was tuned, if a scenario takes it."""
    serves = OBJECTIVES[tuned.objective].serves
    if not serves:
        return []
    model = () if given.get("model") is None else (str(given["model"]),)
    names = (*MEASURED_BY, "latency_bound_ms") if tuned.objective == BOUNDED else MEASURED_BY
    again = {name: given.get(name) for name in names}
    call = call_text("run", *model, tuned=True, scenarios=list(serves), **again)
    return [f"use it: {as_options(call)}"]


def _width(width: Width) -> str:
    return (
        f"the graph: {width.heavy_ops} heavy ops on {width.levels} levels, {width.average:.2f} "
        "side by side on average"
    )
