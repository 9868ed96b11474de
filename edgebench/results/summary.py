"""Run directories as rows of a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.errors import EdgebenchError, RunDirectoryInvalid
from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.comparison.series import series_figures
from edgebench.results.export import to_frame, to_html
from edgebench.results.formatting import duration, joules, value_of
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.record import RunRecord
from edgebench.rundir.search import find_all_runs

if TYPE_CHECKING:
    from pandas import DataFrame

QUICK = "quick: not a submission"
RATES = ("samples/s", "instructions an inference")


@dataclass(frozen=True)
class SummaryRow:
    """One run in one line; None where nothing was measured.

    Attributes
    ----------
    p50_ns, p90_ns, p99_ns
        LoadGen's latency percentiles of a query. None Offline, where the query is the test.
    verdict
        ``VALID`` or ``INVALID`` as LoadGen has it (a failed audit makes it INVALID too),
        ``partial`` for an interrupted run, ``none`` where no performance was measured.
    reasons
        Why it is INVALID.
    device, device_p50_ns, device_p90_ns, device_samples_per_second
        A serial device's port, and its own timing of the same inferences.
    tiny_inferences_per_second, tiny_valid
        MLPerf Tiny's median throughput, and whether its windows are by the rules.
    instructions_per_inference
        By an emulator's clock.
    reference
        Whether the device's outputs are the reference's: agrees, differs, wrong, or nothing.
    meter, energy_is_estimate, energy_problem, energy_per_inference_j, ...
        Energy of the performance test: an estimate where the meter does not see all of the load;
        ``net_`` without what the idle machine takes; the uncertainty is expanded (k = 2).
    tiny_uj_per_inference, tiny_energy_valid, tiny_energy_reason
        MLPerf Tiny's energy mode: the median, whether it is by the rules, and why not.
    best_accuracy, log_loss, ..., best_log_loss
        What the best possible answers would have, where the data tell; the log-loss of a click
        model's answers, in nats.
    query_size, items_per_second
        Set where a sample was a query of several items.
    tests, test_low, test_high
        Of how many LoadGen tests in a row this is the median; their range of what
        `edgebench.results.comparison.series.SHOWN` says (ns or samples/s).
    overhead_ns, overhead_share
        What the harness, or a device's line, added: to a query's median latency, or, Offline
        (where ``overhead_ns`` is None), the share of the time outside ``invoke()``.
    """

    run: str
    model: str
    variant: str
    runtime: str
    runtime_version: str
    threads: int
    instances: int
    instance_kind: str
    batch: int
    resolver: str
    delegates: tuple[str, ...]
    affinity: tuple[int, ...]
    scenario: str
    quick: bool
    verdict: str
    reasons: tuple[str, ...]
    p50_ns: int | None = None
    p90_ns: int | None = None
    p99_ns: int | None = None
    samples_per_second: float | None = None
    score: float | None = None
    score_name: str = ""
    score_unit: str = ""
    tests: int | None = None
    test_low: float | None = None
    test_high: float | None = None
    accuracy: float | None = None
    accuracy_unit: str = ""
    metric: str = ""
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    target: float | None = None
    target_met: bool | None = None
    best_accuracy: float | None = None
    log_loss: float | None = None
    log_loss_low: float | None = None
    log_loss_high: float | None = None
    best_log_loss: float | None = None
    audits_passed: int | None = None
    audits_run: int | None = None
    overhead_ns: int | None = None
    overhead_share: float | None = None
    device: str = ""
    device_p50_ns: int | None = None
    device_p90_ns: int | None = None
    device_samples_per_second: float | None = None
    tiny_inferences_per_second: float | None = None
    tiny_valid: bool | None = None
    instructions_per_inference: float | None = None
    reference: str = ""
    meter: str = ""
    energy_is_estimate: bool = False
    energy_problem: str = ""
    energy_per_inference_j: float | None = None
    energy_uncertainty_share: float | None = None
    net_energy_per_inference_j: float | None = None
    inferences_per_j: float | None = None
    energy_delay_js: float | None = None
    average_w: float | None = None
    peak_w: float | None = None
    idle_w: float | None = None
    tiny_uj_per_inference: float | None = None
    tiny_energy_valid: bool | None = None
    tiny_energy_reason: str = ""
    query_size: str = ""
    items_per_second: float | None = None
    data: str = ""
    data_limits: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Summary:
    """Rows of runs that could be read, and what was wrong with those that could not."""

    rows: tuple[SummaryRow, ...]
    errors: tuple[str, ...] = ()

    def in_words(self) -> list[str]:
        """Return one line per row: what ran, how fast it was, how it ended."""
        lines = []
        for texts in markdown_rows(self.rows):
            speeds = [f"{name} {texts[name]}" for name in ("p90",) if texts[name]]
            speeds += [f"{texts[name]} {name}" for name in RATES if texts[name]]
            shown = (*speeds, texts["accuracy"], texts["verdict"])
            lines.append(f"{texts['model']} {texts['scenario']}: {', '.join(filter(None, shown))}")
        return lines

    def __repr__(self) -> str:
        """Show one line for each row."""
        errors = [f"{len(self.errors)} could not be read"] if self.errors else []
        return f"<Summary: {'; '.join((*self.in_words(), *errors)) or 'no runs'}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows, and below it what could not be read."""
        return to_html(markdown_rows(self.rows), self.errors)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with one row per run, and the columns of ``--csv``.

        Raises
        ------
        RuntimeMissing
            If pandas is not installed.
        """
        return to_frame(self.rows, SummaryRow)


def summarize(paths: Iterable[Path]) -> Summary:
    """Read run directories, or folders of them, into a summary.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory at all below one of the paths.
    """
    rows: list[SummaryRow] = []
    errors: list[str] = []
    for path in paths:
        found = list(find_all_runs(path))
        if not found:
            what = "no run directory is in it" if path.is_dir() else "there is no such folder"
            raise RunDirectoryInvalid(f"{path}: {what}; `edgebench run` makes them")
        for each in found:
            try:
                rows.append(summary_row(read_run(each)))
            except EdgebenchError as error:
                errors.append(str(error))
    return Summary(tuple(rows), tuple(errors))


def summary_row(run: Run) -> SummaryRow:
    """Return a run's row."""
    record = run.record
    row = SummaryRow(
        run=str(run.path),
        model=record.model.name,
        variant=record.model.variant,
        runtime=record.sut.name,
        runtime_version=record.sut.runtime_version,
        threads=record.sut.settings.threads,
        instances=record.sut.settings.instances,
        instance_kind=record.sut.settings.instance_kind,
        batch=record.sut.settings.batch,
        resolver=record.sut.settings.resolver,
        delegates=record.sut.delegates,
        affinity=record.sut.settings.affinity,
        scenario=record.scenario,
        quick=record.quick,
        verdict="partial" if run.is_partial else record.verdict,
        reasons=_reasons(record),
        query_size=record.dataset.query_size,
        data=record.dataset.name,
        data_limits=record.dataset.limits,
        warnings=tuple(record.warnings),
    )
    parts = (_performance, _accuracy, _device, _energy)
    return dataclasses.replace(row, **{k: v for part in parts for k, v in part(record).items()})


def _reasons(record: RunRecord) -> tuple[str, ...]:
    loadgen = record.performance.reasons if record.performance else ()
    return (*loadgen, *(f"{a.name}: {a.reason}" for a in record.compliance if not a.passed))


def _performance(record: RunRecord) -> dict[str, Any]:
    performance = record.performance
    if performance is None:
        return {}
    one_query = scenario_called(record.scenario).samples_per_query == 0
    latency = {} if one_query else performance.latency_ns
    return {
        **{f"{p}_ns": latency.get(p) for p in ("p50", "p90", "p99")},
        "samples_per_second": performance.samples_per_second,
        "items_per_second": performance.samples_per_second * record.dataset.items_per_query
        if record.dataset.query_size
        else None,
        "score": performance.score,
        "score_name": performance.score_name,
        "score_unit": performance.unit,
        **series_figures(record.scenario, performance),
        "overhead_ns": None if one_query else performance.overhead.overhead_ns,
        "overhead_share": performance.overhead.share,
        "audits_passed": sum(a.passed for a in record.compliance) if record.compliance else None,
        "audits_run": len(record.compliance) or None,
    }


def _device(record: RunRecord) -> dict[str, Any]:
    if record.device is None:
        return {}
    timed = record.performance.device_timed if record.performance else None
    return {
        "device": record.device.port,
        "device_p50_ns": timed.latency_ns.get("p50") if timed else None,
        "device_p90_ns": timed.latency_ns.get("p90") if timed else None,
        "device_samples_per_second": timed.samples_per_second if timed else None,
        "tiny_inferences_per_second": record.tiny.inferences_per_second if record.tiny else None,
        "tiny_valid": record.tiny.valid if record.tiny else None,
        "instructions_per_inference": (
            record.image.instructions_per_inference if record.image else None
        ),
        "reference": record.reference.verdict if record.reference else "",
    }


def _energy(record: RunRecord) -> dict[str, Any]:
    energy = record.energy
    if energy is None:
        return {}
    share = None
    if energy.energy_j and energy.uncertainty_j is not None:
        share = energy.uncertainty_j / abs(energy.energy_j)
    return {
        "meter": str(energy.meter.get("name", "")),
        "energy_is_estimate": bool(energy.meter.get("is_estimate")),
        "energy_problem": energy.problem,
        "energy_per_inference_j": energy.per_inference_j,
        "energy_uncertainty_share": share,
        "net_energy_per_inference_j": energy.net_per_inference_j,
        "inferences_per_j": energy.inferences_per_j,
        "energy_delay_js": energy.energy_delay_js,
        "average_w": energy.average_w,
        "peak_w": energy.peak_w,
        "idle_w": energy.idle_w,
        **_tiny_energy(record),
    }


def _tiny_energy(record: RunRecord) -> dict[str, Any]:
    tiny = record.tiny_energy
    if tiny is None:
        return {}
    return {
        "tiny_uj_per_inference": tiny.uj_per_inference,
        "tiny_energy_valid": tiny.valid,
        "tiny_energy_reason": tiny.reason,
    }


def _accuracy(record: RunRecord) -> dict[str, Any]:
    accuracy = record.accuracy
    if accuracy is None:
        return {}
    loss = next((each for each in accuracy.secondary if each.metric == "log-loss"), None)
    losses = (
        {}
        if loss is None
        else {
            "log_loss": loss.value,
            "log_loss_low": loss.low,
            "log_loss_high": loss.high,
            "best_log_loss": loss.best,
        }
    )
    return {
        **losses,
        "best_accuracy": accuracy.best,
        "accuracy": accuracy.value,
        "accuracy_unit": accuracy.unit,
        "metric": accuracy.metric,
        "accuracy_low": accuracy.low,
        "accuracy_high": accuracy.high,
        "target": accuracy.target,
        "target_met": accuracy.passed,
    }


def markdown_rows(rows: Sequence[SummaryRow]) -> list[dict[str, str]]:
    """Return what a README shows of runs, as texts by column."""
    return [
        {
            "model": f"{row.model} {row.variant}".strip(),
            "on": row.device or f"{row.runtime} {row.runtime_version}",
            "threads x instances": "" if row.device else f"{row.threads} x {row.instances}",
            "batch": "" if row.device or row.batch == 1 else str(row.batch),
            "scenario": row.scenario,
            **_speed_texts(row),
            "accuracy": "" if row.accuracy is None else value_of(row.accuracy, row.metric),
            "energy an inference": ""
            if row.energy_per_inference_j is None
            else joules(row.energy_per_inference_j) + (" (estimate)" * row.energy_is_estimate),
            "verdict": row.verdict + (", quick" if row.quick else ""),
        }
        for row in rows
    ]


def _speed_texts(row: SummaryRow) -> dict[str, str]:
    """Return how fast a row is; an emulator's clock counts instructions, which are no time."""
    count = row.instructions_per_inference
    if count is not None:
        none = dict.fromkeys(("p50", "p90", "p99", "samples/s"), "")
        return {**none, "instructions an inference": f"{count:,.0f}"}
    return {
        "p50": _own(row.device_p50_ns, row.p50_ns, duration),
        "p90": _own(row.device_p90_ns, row.p90_ns, duration),
        "p99": "" if row.device or row.p99_ns is None else duration(row.p99_ns),
        "samples/s": _own(
            row.device_samples_per_second, row.samples_per_second, lambda rate: f"{rate:,.1f}"
        ),
        "instructions an inference": "",
    }


def _own(by_device: float | None, by_host: float | None, text: Callable[[Any], str]) -> str:
    """Return a device's own figure where it has one."""
    value = by_host if by_device is None else by_device
    return "" if value is None else text(value)
