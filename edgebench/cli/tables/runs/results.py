"""Results of any kind as a table for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table
from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.comparable import classes
from edgebench.results.comparison.side_by_side import Compared
from edgebench.results.formatting import duration, joules, watts
from edgebench.results.sources.row import SAMPLES, Result

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


def result_rows(results: Sequence[Result]) -> list[dict[str, str]]:
    """Return each result's texts by column."""
    return [_row(letter, each) for letter, each in zip(classes(results), results, strict=True)]


def _row(letter: str, each: Result) -> dict[str, str]:
    system, power = each.system, each.power
    about = "~" if power.is_estimate else ""
    return {
        "": letter,
        "system": ", ".join(filter(None, (system.name, system.accelerator or system.processor))),
        "model": each.workload.model,
        "rules": each.conditions.rules + (" INVALID" if each.verdict == "INVALID" else ""),
        "scenario": each.conditions.scenario,
        **_speed(each),
        "W": _known(power.power_w, watts, about),
        "J/sample": _known(power.energy_per_sample_j, joules, about),
        "samples/s/W": _known(each.samples_per_joule, _number, about),
        "accuracy": each.workload.accuracy,
        "samples/s/core": _known(each.throughput_per_core, _number),
        "GMAC/s": _known(each.gmacs_per_second, _number),
        "latency/GMAC": _known(each.latency_per_gmac_ns, _rounded),
    }


def _speed(each: Result) -> dict[str, str]:
    speed = each.speed
    inferred = " (inferred)" if speed.inferred else ""
    of_eight = " of 8" if each.conditions.samples_per_query == 8 else ""
    unit = "" if speed.throughput_unit == SAMPLES else f" {speed.throughput_unit}"
    latency = _known(speed.latency_ns, _rounded)
    rate = _known(speed.throughput, _number)
    return {
        "latency": latency and f"{latency} {speed.latency_kind}{of_eight}{inferred}".strip(),
        "samples/s": rate and f"{rate}{unit}{'' if latency else inferred}",
    }


def _known(value: float | None, text: Callable[[float], str], about: str = "") -> str:
    return "" if value is None else about + text(value)


def _rounded(ns: float) -> str:
    return duration(round(ns))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
