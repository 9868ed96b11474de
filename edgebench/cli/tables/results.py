"""Results of any kind as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.comparable import classes
from edgebench.results.comparison.side_by_side import Compared
from edgebench.results.formatting import duration, joules, watts
from edgebench.results.sources.row import Result

MEASURED = ("latency", "samples/s", "W", "J/sample", "accuracy")
NORMALISED = ("samples/s/W", "samples/s/core", "GMAC/s", "latency/GMAC")
WIDEST = 44


def print_results(compared: Compared) -> None:
    """Print the tables of each scenario, and below what makes the rows comparable or not."""
    console = Console()
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


def result_rows(results: Sequence[Result]) -> list[dict[str, str]]:
    """Return each result's texts by column."""
    return [_row(letter, each) for letter, each in zip(classes(results), results, strict=True)]


def _row(letter: str, each: Result) -> dict[str, str]:
    inferred = " (inferred)" if each.inferred else ""
    latency = each.latency_ns
    queries = " of 8" if each.samples_per_query == 8 else ""
    per_joule, per_core = each.samples_per_joule, each.throughput_per_core
    gmacs, per_gmac = each.gmacs_per_second, each.latency_per_gmac_ns
    about = "~" if each.power_is_estimate else ""
    unit = "" if each.throughput_unit == "samples/s" else f" {each.throughput_unit}"
    return {
        "": letter,
        "system": ", ".join(filter(None, (each.system, each.accelerator or each.processor))),
        "model": each.model,
        "rules": each.rules + (" INVALID" if each.verdict == "INVALID" else ""),
        "scenario": each.scenario,
        "latency": ""
        if latency is None
        else f"{duration(round(latency))} {each.latency_kind}{queries}{inferred}".strip(),
        "samples/s": ""
        if each.throughput is None
        else f"{_number(each.throughput)}{unit}" + (inferred if latency is None else ""),
        "W": "" if each.power_w is None else about + watts(each.power_w),
        "J/sample": ""
        if each.energy_per_sample_j is None
        else about + joules(each.energy_per_sample_j),
        "samples/s/W": "" if per_joule is None else about + _number(per_joule),
        "accuracy": each.accuracy,
        "samples/s/core": "" if per_core is None else _number(per_core),
        "GMAC/s": "" if gmacs is None else _number(gmacs),
        "latency/GMAC": "" if per_gmac is None else duration(round(per_gmac)),
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
