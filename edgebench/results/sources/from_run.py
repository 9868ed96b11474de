"""A run directory as a row next to other results."""

from __future__ import annotations

from edgebench.metrics import metric_called
from edgebench.mlperf.benchmarks import LATENCY_KINDS
from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import estimate_text
from edgebench.results.sources.row import (
    Conditions,
    PowerDraw,
    Result,
    ResultSystem,
    Speed,
    Workload,
)
from edgebench.results.stream_text import QUALITY, detections_text, pace_text
from edgebench.results.summary.row import summary_row
from edgebench.rundir.reader import Run
from edgebench.rundir.records.run import RunRecord


def run_result(run: Run) -> Result:
    """Return a run as a result; a device's figures are by its own clock where it has one."""
    record, row = run.record, summary_row(run)
    count = record.instructions_per_inference
    counted = f"emulated: {count:,.0f} instructions per inference, no time" if count else ""
    energy = record.energy
    return Result(
        source="edgebench run",
        where=row.run,
        system=_system(run),
        workload=_workload(record),
        conditions=Conditions(
            scenario=record.scenario,
            rules="quick" if record.quick else "official settings",
            clock="host (LoadGen)" if record.device is None else record.clock,
            samples_per_query=scenario_called(record.scenario).samples_per_query or None,
        ),
        speed=_by_loadgen(record) if record.device is None else _by_device(record),
        power=PowerDraw(energy.average_w, energy.is_estimate, energy.per_inference_j)
        if energy
        else PowerDraw(),
        verdict=row.verdict,
        notes=(
            *(f"INVALID: {reason}" for reason in row.reasons),
            *((counted,) if counted else ()),
            *((estimate_text(record.estimate),) if record.estimate else ()),
            *_stream_notes(record),
            *(run.system.limit_caveats if run.system else ()),
        ),
    )


def _system(run: Run) -> ResultSystem:
    if run.record.device is not None:
        return ResultSystem(run.record.device.name)
    if run.system is None:
        return ResultSystem("this machine")
    host = run.system.host
    return ResultSystem(host.board or "this machine", host.cpu_model, cores=host.cores or None)


def _workload(record: RunRecord) -> Workload:
    model, accuracy = record.model, record.accuracy
    name = f"{model.name}:{model.variant}" if model.variant else model.name
    quality = "" if accuracy is None else metric_called(accuracy.metric).shown_name
    score = "" if accuracy is None else f"{accuracy.value:.4g}{accuracy.unit}"
    if record.stream is not None and record.stream.detections is not None:
        quality, score = QUALITY, detections_text(record.stream.detections)
    return Workload(
        model=f"{name} ({model.measured_as})" if model.measured_as else name,
        data=record.dataset.name,
        quality=quality,
        accuracy=score,
        macs=model.macs or None,
    )


def _stream_notes(record: RunRecord) -> tuple[str, ...]:
    stream = record.stream
    if stream is None or stream.timing is None:
        return ()
    timing = stream.timing
    return (
        f"{pace_text(stream)}, {timing.late:,} of {timing.frames:,} frames late, duty cycle "
        f"{timing.duty_cycle:.3g}, headroom {timing.headroom:.1%}",
    )


def _by_loadgen(record: RunRecord) -> Speed:
    performance = record.performance
    if performance is None:
        return Speed()
    if not performance.lower_is_better:
        return Speed(throughput=performance.samples_per_second)
    kind = LATENCY_KINDS.get(scenario_called(record.scenario).name, "")
    return Speed(performance.score, kind, performance.samples_per_second)


def _by_device(record: RunRecord) -> Speed:
    timed = record.device_timed
    if timed is None or record.instructions_per_inference is not None:
        return Speed()
    kind = LATENCY_KINDS.get(scenario_called(record.scenario).name, "")
    latency = timed.latency_ns.get(kind)
    return Speed(latency, kind if latency is not None else "", timed.samples_per_second)
