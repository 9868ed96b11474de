"""Runs as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from edgebench.cli.tables.table import new_table
from edgebench.results.comparison.series import series_note
from edgebench.results.formatting import duration, joules, value_of, watts
from edgebench.results.summary import QUICK, Summary, SummaryRow, summary_row
from edgebench.rundir.reader import Run

VERDICT_STYLES = {"VALID": "green", "INVALID": "bold red", "partial": "yellow", "none": "dim"}


def print_runs(runs: Sequence[Run]) -> None:
    """Print runs that have just ended."""
    print_summary(Summary(tuple(summary_row(run) for run in runs)))


def print_summary(summary: Summary) -> None:
    """Print a table a model and setup, and below what must be known before believing it."""
    console = Console()
    for setup, rows in _by_setup(summary.rows).items():
        console.print(_table(setup, rows))
    for line in _notes(summary.rows):
        console.print(line, soft_wrap=True)


def _by_setup(rows: Sequence[SummaryRow]) -> dict[str, list[SummaryRow]]:
    setups: dict[str, list[SummaryRow]] = {}
    for row in rows:
        setups.setdefault(_setup(row), []).append(row)
    return setups


def _setup(row: SummaryRow) -> str:
    if row.device:
        return (
            f"[bold]{escape(row.model)}[/bold] {escape(row.variant)} on {escape(row.runtime)} "
            f"({escape(row.runtime_version)}) at {escape(row.device)}"
        )
    threads = f"{row.threads} thread{'s' * (row.threads != 1)}"
    if row.instances > 1 or row.instance_kind != "threads":
        threads += f" x {row.instances} instances in {row.instance_kind}"
    special = [f"batch {row.batch}"] if row.batch > 1 else []
    special += [f"{row.resolver} kernels"] if row.resolver != "default" else []
    special += [f"delegate {Path(each).name}" for each in row.delegates if each != "XNNPACK"]
    special += [f"CPUs {','.join(map(str, row.affinity))}"] if row.affinity else []
    return (
        f"[bold]{escape(row.model)}[/bold] {escape(row.variant)} on "
        f"{escape(row.runtime)} {escape(row.runtime_version)}, "
        f"{escape(', '.join((threads, *special)))}"
    )


def _table(setup: str, rows: Sequence[SummaryRow]) -> Table:
    # Six narrow columns: 80 characters must do.
    table = new_table(title=setup, title_style="", lines=True)
    last = "link cost" if rows[0].device else "overhead"
    for name in ("scenario", "latency", "samples/s", "accuracy", "verdict", last):
        table.add_column(
            name,
            justify="right" if name == "samples/s" else "left",
            # "SingleStream" and "device-timed" stay whole whatever the rest needs.
            min_width=12 if name == "scenario" else None,
        )
    for row in rows:
        rate = "-" if row.samples_per_second is None else f"{row.samples_per_second:,.1f}"
        table.add_row(
            row.scenario, _latency(row), rate, _accuracy(row), _verdict(row), _overhead(row)
        )
        for cells in (*_device_rows(row), *_energy_rows(row)):
            table.add_row(*cells)
    return table


def _device_rows(row: SummaryRow) -> list[tuple[str, ...]]:
    """Return a device's own timing, and MLPerf Tiny's figure, below what the host timed."""
    rows: list[tuple[str, ...]] = []
    if row.instructions_per_inference is not None:
        # An emulator's clock counts instructions: none of its figures is a time.
        count = f"{row.instructions_per_inference:,.0f}"
        return [("instructions", f"{count}\nan inference", "", REFERENCE[row.reference])]
    if row.device_samples_per_second is not None:
        percentiles = {"p50": row.device_p50_ns, "p90": row.device_p90_ns}
        lines = [f"{name} {duration(ns)}" for name, ns in percentiles.items() if ns is not None]
        rate = f"{row.device_samples_per_second:,.1f}"
        rows.append(("device-timed", "\n".join(lines) or "-", rate, REFERENCE[row.reference]))
    if row.tiny_inferences_per_second is not None:
        verdict = "[green]VALID[/green]" if row.tiny_valid else "[yellow]short[/yellow]"
        rate = f"{row.tiny_inferences_per_second:,.1f}"
        rows.append(("MLPerf Tiny", "median", rate, "", verdict))
    return rows


def _energy_rows(row: SummaryRow) -> list[tuple[str, ...]]:
    """Return measured energy; an estimate is a note below the table, never in its columns."""
    if row.energy_per_inference_j is None or row.energy_is_estimate:
        return []
    share = row.energy_uncertainty_share or 0.0
    limit = row.energy_per_inference_j * share
    each = f"{joules(row.energy_per_inference_j)}\n+- {share:.1%}"
    net = row.net_energy_per_inference_j
    if net is not None:
        # Less than the uncertainty is nothing that can be told from idling.
        each += f"\nnet {joules(net)}" if abs(net) > limit else f"\nnet < {joules(limit)}"
    power = f"{watts(row.average_w)}\npeak {watts(row.peak_w)}"
    if row.idle_w is not None:
        power += f"\nidle {watts(row.idle_w)}"
    rate = "-" if row.inferences_per_j is None else f"{row.inferences_per_j:,.1f}\nper joule"
    rows: list[tuple[str, ...]] = [("energy", each, rate, power, escape(row.meter))]
    if row.tiny_uj_per_inference is not None:
        verdict = "[green]VALID[/green]" if row.tiny_energy_valid else "[yellow]see below[/yellow]"
        median = f"median\n{row.tiny_uj_per_inference:,.1f} uJ"
        rows.append(("Tiny energy", median, "", "", verdict))
    return rows


ESTIMATES = {"virtual": "no hardware", "replay": "of another time"}
"""Why a meter's energy is none that was measured, by the beginning of its name."""
PARTIAL = "some of the load is not in it"


def _estimate_why(meter: str) -> str:
    return next((why for name, why in ESTIMATES.items() if meter.startswith(name)), PARTIAL)


REFERENCE = {
    "agrees": "[green]outputs agree[/green]",
    "differs": "[yellow]outputs differ[/yellow]",
    "wrong": "[bold red]OUTPUTS WRONG[/bold red]",
    "": "[yellow]not compared[/yellow]",
}
"""Whether a device computes what it should, beside its times."""


def _latency(row: SummaryRow) -> str:
    percentiles = {"p50": row.p50_ns, "p90": row.p90_ns, "p99": row.p99_ns}
    lines = [f"{name} {duration(ns)}" for name, ns in percentiles.items() if ns is not None]
    return "\n".join(lines) or "-"


def _accuracy(row: SummaryRow) -> str:
    if row.accuracy is None:
        return "-"
    digits = ".1f" if row.accuracy_unit else ".3f"
    text = (
        f"{value_of(row.accuracy, row.metric)}\n"
        f"{row.accuracy_low:{digits}} to {row.accuracy_high:{digits}}"
    )
    if row.best_accuracy is not None:
        text += f"\nat best {row.best_accuracy:{digits}}"
    if row.log_loss is not None:
        text += f"\nlog-loss {row.log_loss:.3f}"
    if row.target is not None:
        met = "[green]met[/green]" if row.target_met else "[bold red]missed[/bold red]"
        text += f"\ntarget {row.target:g} {met}"
    return text


def _verdict(row: SummaryRow) -> str:
    style = VERDICT_STYLES[row.verdict]
    text = f"[{style}]{row.verdict}[/{style}]"
    if row.audits_run:
        text += f"\naudits {row.audits_passed}/{row.audits_run}"
    return text + ("\nquick" if row.quick else "\nofficial")


def _overhead(row: SummaryRow) -> str:
    if row.overhead_share is None or row.instructions_per_inference is not None:
        return "-"
    share = f"{row.overhead_share:.1%}"
    return share if row.overhead_ns is None else f"{duration(row.overhead_ns)}\n{share}"


def _data_notes(row: SummaryRow) -> Iterator[str]:
    if row.query_size:
        rate = "" if row.items_per_second is None else f": {row.items_per_second:,.1f} items/s"
        yield f"{row.scenario}: a sample is a query of {row.query_size} items{rate}"
    if row.accuracy is not None and row.data_limits:
        yield f"accuracy on {row.data}: {row.data_limits}"


def _notes(rows: Sequence[SummaryRow]) -> list[Text]:
    """Return the lines below the table; what holds for several rows is said once."""
    notes: dict[str, str] = {}
    for row in rows:
        notes |= {f"{row.scenario} is INVALID: {reason}": "bold red" for reason in row.reasons}
    for row in rows:
        notes |= {f"warning: {text}": "yellow" for text in row.warnings}
    for row in rows:
        note = series_note(row.scenario, row.tests, row.test_low, row.test_high)
        notes |= {note: ""} if note else {}
    for row in rows:
        if row.energy_problem:
            notes[f"energy, {row.meter}: {row.energy_problem}"] = "bold red"
        elif row.energy_is_estimate and row.energy_per_inference_j is not None:
            notes[
                f"{row.scenario}, estimated energy ({row.meter}, {_estimate_why(row.meter)}): "
                f"{joules(row.energy_per_inference_j)} an inference, {watts(row.average_w)}, idle "
                f"{watts(row.idle_w)}"
            ] = ""
    for row in rows:
        if row.tiny_uj_per_inference is not None and row.energy_is_estimate:
            notes[
                f"MLPerf Tiny energy, {_estimate_why(row.meter)}: median "
                f"{row.tiny_uj_per_inference:,.1f} uJ an inference"
            ] = ""
        if row.tiny_energy_reason:
            notes[f"MLPerf Tiny energy is not by its rules: {row.tiny_energy_reason}"] = "yellow"
    for row in rows:
        notes |= dict.fromkeys(_data_notes(row), "")
    if any(row.quick for row in rows):
        notes[QUICK] = "yellow"
    lines: list[Text] = [Text(text, style=style) for text, style in notes.items()]
    return lines + [Text(f"run directory: {row.run}", no_wrap=True) for row in rows]
