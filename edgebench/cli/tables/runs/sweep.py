"""A sweep's table: speed and energy against the setting that was swept."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.harness.run.sweep import sweeps_of
from edgebench.results.formatting import duration, joules, uncertainty, watts
from edgebench.rundir.reader import Run
from edgebench.rundir.records.energy import EnergyRecord
from edgebench.rundir.records.run import RunRecord


def print_sweep(texts: Sequence[str], runs: Sequence[Run]) -> None:
    """Print a table a scenario, a row a value; energy has its columns where a meter was read."""
    sweeps = sweeps_of(texts)
    names = [sweep.name for sweep in sweeps]
    rows = [([sweep.asked_in(run.record.request) for sweep in sweeps], run.record) for run in runs]
    for scenario in dict.fromkeys(record.scenario for _, record in rows):
        of_it = [(values, record) for values, record in rows if record.scenario == scenario]
        new_console().print(_table(f"{scenario} against {' and '.join(names)}", names, of_it))
    for run in runs:
        for text in run.system.limit_caveats if run.system else ():
            new_console().print(
                f"{run.path.name}: {text}", style="yellow", soft_wrap=True, markup=False
            )


def _table(
    title: str, names: Sequence[str], rows: Sequence[tuple[Sequence[object], RunRecord]]
) -> Table:
    energies = (record.energy for _, record in rows)
    metered = [each for each in energies if each and each.per_inference_j is not None]
    # A meter that estimates does so at every value: the columns are of estimates only, and say so.
    if any(each.is_estimate for each in metered):
        title += "; its energy is an estimate"
    columns = [*names, "p50", "p99", "samples/s"]
    columns += ["power", "J/inf.", "inf./J", "J x s"] if metered else []
    table = new_table(*columns, title=title, whole=True)
    for values, record in rows:
        latencies = (duration(record.query_latency_ns.get(name)) for name in ("p50", "p99"))
        rate = _rate(record.performance.samples_per_second if record.performance else None)
        cells = [*(_value(each) for each in values), *latencies, rate]
        table.add_row(*cells, *(_energy(record.energy) if metered else ()))
    return table


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _energy(energy: EnergyRecord | None) -> tuple[str, ...]:
    if energy is None or energy.per_inference_j is None:
        return ("-",) * 4
    return (
        watts(energy.average_w),
        f"{joules(energy.per_inference_j)}\n{uncertainty(energy.uncertainty_share)}",
        _rate(energy.inferences_per_j),
        "-" if energy.energy_delay_js is None else f"{energy.energy_delay_js:.2e}",
    )


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
