"""Runs as tables for people: one per model and setup, with notes below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from edgebench.cli.output import new_console
from edgebench.cli.tables.runs.run_notes import notes_below, row_numbers
from edgebench.cli.tables.runs.stream_row import detections_cell, stream_rows
from edgebench.cli.tables.table import new_table
from edgebench.metrics import metric_called
from edgebench.results.formatting import duration, joules, uncertainty, watts
from edgebench.results.summary.row import SummaryRow, summary_row
from edgebench.results.summary.summarize import Summary
from edgebench.rundir.reader import Run
from edgebench.rundir.records.run import RunRecord, Verdict
from edgebench.text.printable import excerpt

MOST_OF_DATA = 12
"""Letters of a dataset's name in the narrowest column."""

VERDICT_STYLES: Mapping[Verdict, str] = {
    "VALID": "green",
    "INVALID": "bold red",
    "partial": "yellow",
    "none": "dim",
}
REFERENCE = {
    "agrees": "[green]outputs agree[/green]",
    "close": "[yellow]outputs close[/yellow]",
    "differs": "[yellow]outputs differ[/yellow]",
    "wrong": "[bold red]OUTPUTS WRONG[/bold red]",
    "": "[yellow]not compared[/yellow]",
}
"""Whether a device computes what it should, next to its times."""


def print_runs(runs: Sequence[Run]) -> None:
    """Print runs that have just ended."""
    print_summary(Summary(tuple(summary_row(run) for run in runs)))


def print_summary(summary: Summary) -> None:
    """Print one table per model and setup, and below what must be known before believing it."""
    console = new_console()
    setups: dict[str, list[SummaryRow]] = {}
    for row in summary.rows:
        setups.setdefault(_setup(row.record), []).append(row)
    ordered = [row for rows in setups.values() for row in rows]
    names = {row.run: _which(number, row) for number, row in enumerate(ordered, 1)}
    if len(ordered) == 1:
        names = {}
    for setup, rows in setups.items():
        console.print(_table(setup, rows, names))
    for line in notes_below(ordered):
        console.print(line, soft_wrap=True)


def _setup(record: RunRecord) -> str:
    model, sut = record.model, record.sut
    measured = f" ({escape(model.measured_as)})" if model.measured_as else ""
    what = (
        f"[bold]{escape(model.name)}[/bold] {escape(model.variant)}{measured} on {escape(sut.name)}"
    )
    if record.device is not None:
        return f"{what} ({escape(sut.runtime_version)}) at {escape(record.device.port)}"
    usual = (*sut.default_delegates, sut.settings.delegate)
    others = (f"delegate {each}" for each in sut.delegates if each not in usual)
    ran = ", ".join((*sut.settings.parts(), *others))
    return f"{what} {escape(sut.runtime_version)}, {escape(ran)}"


def _which(number: int, row: SummaryRow) -> str:
    """Return what tells a row from the others: its number, when it was started (UTC), its data.

    The name of its directory has the date.
    """
    data = excerpt(row.record.dataset.name, MOST_OF_DATA)
    return f"\n{row_numbers([number])} {row.record.started[11:16]}\n{escape(data)}"


def _table(setup: str, rows: Sequence[SummaryRow], names: Mapping[str, str]) -> Table:
    # Six narrow columns: 80 characters must do.
    table = new_table(title=setup, title_style="", lines=True)
    last = "link cost" if rows[0].record.device else "overhead"
    speeds = {row.run: _speed(row.record) for row in rows}
    latencies = [line for latency, _ in speeds.values() for line in latency.split("\n")]
    # "SingleStream", "p99 7.951 ms", "97.92 % top-1" stay on a line whatever the rest needs.
    widths = {"scenario": 12, "latency": max(map(len, latencies)), "accuracy": 13}
    for name in ("scenario", "latency", "samples/s", "accuracy", "verdict", last):
        table.add_column(
            name,
            justify="right" if name == "samples/s" else "left",
            min_width=max(widths.get(name, 0), len(name)),
        )
    for row in rows:
        record = row.record
        table.add_row(
            record.scenario + names.get(row.run, ""),
            *speeds[row.run],
            _accuracy(record),
            _verdict(row),
            _overhead(record),
        )
        rows_below = (*stream_rows(record.stream), *_device_rows(record), *_energy_rows(record))
        for cells in rows_below:
            table.add_row(*cells)
    return table


def _speed(record: RunRecord) -> tuple[str, str]:
    """Return latency and throughput; an emulator's clock counts instructions, which are no time."""
    count = record.instructions_per_inference
    if count is not None:
        return f"{count:,.0f}\ninstructions\nper inference", "-"
    rate = record.performance.samples_per_second if record.performance else None
    return _latency(record.query_latency_ns, ("p50", "p90", "p99")), _rate(rate)


def _device_rows(record: RunRecord) -> list[tuple[str, ...]]:
    """Return a device's own timing, and MLPerf Tiny's figure, below what the host timed."""
    if record.device is None:
        return []
    reference = REFERENCE[record.reference.verdict if record.reference else ""]
    if record.instructions_per_inference is not None:
        return [("outputs", "", "", reference)]
    rows: list[tuple[str, ...]] = []
    timed, tiny = record.device_timed, record.tiny
    if timed is not None:
        latency = _latency(timed.latency_ns, ("p50", "p90"))
        rows.append(("device-timed", latency, _rate(timed.samples_per_second), reference))
    if tiny is not None:
        verdict = "[green]VALID[/green]" if tiny.valid else "[yellow]short[/yellow]"
        rows.append(("MLPerf Tiny", "median", _rate(tiny.inferences_per_second), "", verdict))
    return rows


def _energy_rows(record: RunRecord) -> list[tuple[str, ...]]:
    """Return measured energy; an estimate is a note below the table, never in its columns."""
    energy, tiny = record.energy, record.tiny_energy
    if energy is None or energy.per_inference_j is None or energy.is_estimate:
        return []
    share = energy.uncertainty_share
    net_j = energy.net_uncertainty_j
    limit = net_j / (energy.inferences or 1) if net_j else energy.per_inference_j * (share or 0.0)
    each = f"{joules(energy.per_inference_j)}\n{uncertainty(share)}"
    net = energy.net_per_inference_j
    if net is not None:
        # Less than the uncertainty can't be distinguished from idling.
        known = f"net {joules(net)}" + (f"\n+- {joules(limit)}" if net_j else "")
        each += f"\n{known}" if abs(net) > limit else f"\nnet < {joules(limit)}"
    power = f"{watts(energy.average_w)}\npeak {watts(energy.peak_w)}"
    if energy.idle_w is not None:
        power += f"\nidle {watts(energy.idle_w)}"
    rate = "-" if energy.inferences_per_j is None else f"{energy.inferences_per_j:,.1f}\nper joule"
    rows: list[tuple[str, ...]] = [("energy", each, rate, power, escape(energy.meter_name))]
    if tiny is not None and tiny.uj_per_inference is not None:
        verdict = "[green]VALID[/green]" if tiny.valid else "[yellow]see below[/yellow]"
        rows.append(("Tiny energy", f"median\n{tiny.uj_per_inference:,.1f} uJ", "", "", verdict))
    return rows


def _latency(percentiles_ns: Mapping[str, int], names: Sequence[str]) -> str:
    known = (name for name in names if name in percentiles_ns)
    return "\n".join(f"{name} {duration(percentiles_ns[name])}" for name in known) or "-"


def _rate(per_second: float | None) -> str:
    return "-" if per_second is None else f"{per_second:,.1f}"


def _accuracy(record: RunRecord) -> str:
    found = record.accuracy
    if record.stream is not None and record.stream.detections is not None:
        return detections_cell(record.stream.detections)
    if found is None:
        return "-"
    digits = metric_called(found.metric).digits
    lines = [
        metric_called(found.metric).text(found.value),
        f"{found.low:{digits}} to {found.high:{digits}}",
    ]
    if found.best is not None:
        lines.append(f"at best {found.best:{digits}}")
    if found.log_loss is not None and found.log_loss.value is not None:
        lines.append(f"log-loss {found.log_loss.value:.3f}")
    if found.target is not None:
        met = "[green]met[/green]" if found.passed else "[bold red]missed[/bold red]"
        lines.append(f"target {found.target:g} {met}")
    return "\n".join(lines)


def _verdict(row: SummaryRow) -> str:
    style, record = VERDICT_STYLES[row.verdict], row.record
    is_counted = record.instructions_per_inference is not None and row.verdict == "VALID"
    text = "[yellow]emulated[/yellow]" if is_counted else f"[{style}]{row.verdict}[/{style}]"
    if record.compliance:
        passed = sum(audit.passed for audit in record.compliance)
        text += f"\naudits {passed}/{len(record.compliance)}"
    return text + ("\nquick" if record.quick else "\nofficial") + "\nlimited" * record.limited


def _overhead(record: RunRecord) -> str:
    if record.performance is None or record.instructions_per_inference is not None:
        return "-"
    share, added_ns = f"{record.performance.overhead.share:.1%}", record.query_overhead_ns
    return share if added_ns is None else f"{duration(added_ns)}\n{share}"
