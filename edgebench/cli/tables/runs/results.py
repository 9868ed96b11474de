"""Results of any kind as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.side_by_side import Compared
from edgebench.results.comparison.texts import result_rows

MEASURED = ("latency", "samples/s", "W", "J/sample", "accuracy")
NORMALISED = ("samples/s/W", "samples/s/core", "GMAC/s", "latency/GMAC")
WIDEST = 44


def print_results(compared: Compared) -> None:
    """Print the tables of each scenario, and below what makes the rows comparable or not."""
    console = new_console()
    by_scenario: dict[str, list[dict[str, str]]] = {}
    for row in result_rows(compared.results):
        by_scenario.setdefault(row["scenario"], []).append(row)
    for scenario, rows in by_scenario.items():
        for title, columns in ((scenario, MEASURED), (f"{scenario}, normalised", NORMALISED)):
            shown = [row for row in rows if any(row[name] for name in columns)]
            if shown:
                console.print(_table(title, shown, columns))
    for line in compared.caveats:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _table(title: str, rows: Sequence[dict[str, str]], columns: Sequence[str]) -> Table:
    table = new_table(title=title, title_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("system, model, rules", max_width=WIDEST)
    names = [name for name in columns if any(row[name] for row in rows)]
    for name in names:
        table.add_column(name, justify="left" if name == "accuracy" else "right")
    for row in rows:
        what = f"{row['system']}\n{row['model']}, {row['rules']}"
        table.add_row(row[""], Text(what), *(Text(row[name]) for name in names))
    return table
