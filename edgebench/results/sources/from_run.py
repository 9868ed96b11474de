"""A run directory as a row beside other results."""

from __future__ import annotations

from typing import Any

from edgebench.mlperf.benchmarks import LATENCY_KINDS
from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import metric_name
from edgebench.results.sources.row import Result
from edgebench.results.summary import SummaryRow, summary_row
from edgebench.rundir.reader import Run


def run_result(run: Run) -> Result:
    """Return a run as a result; a device's figures are by its own clock where it has one."""
    record, row = run.record, summary_row(run)
    scenario = scenario_called(record.scenario)
    host = run.system.host if run.system else None
    rules = "quick" if record.quick else "official settings"
    speed = _by_device(run) if record.device is not None else _by_loadgen(run)
    return Result(
        source="edgebench run",
        where=str(run.path),
        system=record.device.name if record.device else (host and host.board) or "this machine",
        model=f"{row.model}:{row.variant}" if row.variant else row.model,
        scenario=record.scenario,
        rules=rules,
        verdict=row.verdict,
        processor=host.cpu_model if host and not record.device else "",
        data=record.dataset.name,
        quality=metric_name(row.metric),
        accuracy=_accuracy(row),
        clock="host (LoadGen)" if record.device is None else record.clock,
        samples_per_query=scenario.samples_per_query or None,
        power_w=row.average_w,
        power_is_estimate=row.energy_is_estimate,
        energy_per_sample_j=row.energy_per_inference_j,
        cores=(host.cores or None) if host and not record.device else None,
        macs=record.model.macs or None,
        notes=(*(f"INVALID: {reason}" for reason in row.reasons), *_emulated(row)),
        **speed,
    )


def _by_loadgen(run: Run) -> dict[str, Any]:
    performance, scenario = run.record.performance, scenario_called(run.record.scenario)
    if performance is None:
        return {}
    is_latency = performance.lower_is_better
    return {
        "latency_ns": performance.score if is_latency else None,
        "latency_kind": LATENCY_KINDS.get(scenario.name, "") if is_latency else "",
        "throughput": performance.samples_per_second,
    }


def _by_device(run: Run) -> dict[str, Any]:
    performance, scenario = run.record.performance, scenario_called(run.record.scenario)
    timed = performance.device_timed if performance else None
    if timed is None or _counts_instructions(run):
        return {}
    kind = LATENCY_KINDS.get(scenario.name, "")
    latency = timed.latency_ns.get(kind)
    return {
        "latency_ns": latency,
        "latency_kind": kind if latency is not None else "",
        "throughput": timed.samples_per_second,
    }


def _counts_instructions(run: Run) -> bool:
    image = run.record.image
    return image is not None and image.instructions_per_inference is not None


def _emulated(row: SummaryRow) -> tuple[str, ...]:
    count = row.instructions_per_inference
    return () if count is None else (f"emulated: {count:,.0f} instructions an inference, no time",)


def _accuracy(row: SummaryRow) -> str:
    if row.accuracy is None:
        return ""
    return f"{row.accuracy:.4g}{row.accuracy_unit}"
