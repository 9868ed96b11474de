"""A sweep's table: speed and energy against the setting that was swept."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from edgebench.cli.tables.table import new_table
from edgebench.harness.run.sweep import parse_sweeps
from edgebench.results.formatting import duration, joules, watts
from edgebench.results.summary import SummaryRow, summary_row
from edgebench.rundir.reader import Run


def print_sweep(texts: Sequence[str], runs: Sequence[Run]) -> None:
    """Print a table a scenario, a row a value; energy has its columns where a meter was read."""
    sweeps = parse_sweeps(texts)
    names = [sweep.name for sweep in sweeps]
    rows = [
        ([sweep.asked_in(run.record.request) for sweep in sweeps], summary_row(run)) for run in runs
    ]
    for scenario in dict.fromkeys(row.scenario for _, row in rows):
        of_it = [(values, row) for values, row in rows if row.scenario == scenario]
        Console().print(_table(f"{scenario} against {' and '.join(names)}", names, of_it))


def _table(
    title: str, names: Sequence[str], rows: Sequence[tuple[Sequence[object], SummaryRow]]
) -> Table:
    metered = [row for _, row in rows if row.energy_per_inference_j is not None]
    # A meter that estimates does so at every value: the columns are of estimates only, and say so.
    if any(row.energy_is_estimate for row in metered):
        title += "; its energy is an estimate"
    columns = [*names, "p50", "p99", "samples/s"]
    columns += ["power", "J/inf.", "inf./J", "J x s"] if metered else []
    table = new_table(*columns, title=title, whole=True)
    for values, row in rows:
        latencies = (duration(row.p50_ns), duration(row.p99_ns))
        cells = [*(_value(each) for each in values), *latencies, _rate(row.samples_per_second)]
        table.add_row(*cells, *(_energy(row) if metered else ()))
    return table


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _energy(row: SummaryRow) -> tuple[str, ...]:
    each = row.energy_per_inference_j
    if each is None:
        return ("-",) * 4
    share = row.energy_uncertainty_share or 0.0
    delay = "-" if row.energy_delay_js is None else f"{row.energy_delay_js:.2e}"
    return (
        watts(row.average_w),
        f"{joules(each)}\n+- {share:.1%}",
        _rate(row.inferences_per_j),
        delay,
    )


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
