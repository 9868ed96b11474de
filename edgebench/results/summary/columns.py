"""A row of the summary as CSV has it: flat, one column per figure, units in the names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgebench.results.summary.peak import peak_qps
from edgebench.results.summary.row import SummaryRow
from edgebench.results.summary.series import series_range
from edgebench.runtime_settings import setting_types

RUN: Mapping[str, str] = {
    "model": "model.name",
    "variant": "model.variant",
    "runtime": "sut.name",
    "runtime_version": "sut.runtime_version",
    **{name: f"sut.settings.{name}" for name in setting_types() if name != "runtime"},
    "delegates": "sut.delegates",
    "scenario": "scenario",
    "quick": "quick",
}
PERFORMANCE: Mapping[str, str] = {
    "p50_ns": "query_latency_ns.p50",
    "p90_ns": "query_latency_ns.p90",
    "p99_ns": "query_latency_ns.p99",
    "samples_per_second": "performance.samples_per_second",
    "score": "performance.score",
    "score_name": "performance.score_name",
    "score_unit": "performance.unit",
}
ACCURACY: Mapping[str, str] = {
    "accuracy": "accuracy.value",
    "accuracy_unit": "accuracy.unit",
    "metric": "accuracy.metric",
    "accuracy_low": "accuracy.low",
    "accuracy_high": "accuracy.high",
    "target": "accuracy.target",
    "target_met": "accuracy.passed",
    "of_float32": "accuracy.of_float32.share",
    "of_float32_low": "accuracy.of_float32.low",
    "of_float32_high": "accuracy.of_float32.high",
    "met_99": "accuracy.of_float32.met_99",
    "met_99_9": "accuracy.of_float32.met_99_9",
    "best_accuracy": "accuracy.best",
    "log_loss": "accuracy.log_loss.value",
    "log_loss_low": "accuracy.log_loss.low",
    "log_loss_high": "accuracy.log_loss.high",
    "best_log_loss": "accuracy.log_loss.best",
}
OVERHEAD: Mapping[str, str] = {
    "overhead_ns": "query_overhead_ns",
    "overhead_share": "performance.overhead.share",
}
DEVICE: Mapping[str, str] = {
    "device": "device.port",
    "device_p50_ns": "device_timed.latency_ns.p50",
    "device_p90_ns": "device_timed.latency_ns.p90",
    "device_samples_per_second": "device_timed.samples_per_second",
    "tiny_inferences_per_second": "tiny.inferences_per_second",
    "tiny_valid": "tiny.valid",
    "instructions_per_inference": "image.instructions_per_inference",
    "reference": "reference.verdict",
}
ESTIMATE: Mapping[str, str] = {
    "estimated_cycles": "estimate.cycles",
    "estimated_cycles_low": "estimate.low_cycles",
    "estimated_cycles_high": "estimate.high_cycles",
    "estimated_time_ns": "estimate.time_ns",
    "estimated_time_low_ns": "estimate.low_ns",
    "estimated_time_high_ns": "estimate.high_ns",
    "estimated_clock_mhz": "estimate.clock_mhz",
    "estimate_corrected_by": "estimate.corrected_by",
}
ENERGY: Mapping[str, str] = {
    "meter": "energy.meter_name",
    "energy_is_estimate": "energy.is_estimate",
    "energy_problem": "energy.problem",
    "energy_per_inference_j": "energy.per_inference_j",
    "energy_uncertainty_share": "energy.uncertainty_share",
    "net_energy_per_inference_j": "energy.net_per_inference_j",
    "inferences_per_j": "energy.inferences_per_j",
    "energy_delay_js": "energy.energy_delay_js",
    "average_w": "energy.average_w",
    "peak_w": "energy.peak_w",
    "idle_w": "energy.idle_w",
    "tiny_uj_per_inference": "tiny_energy.uj_per_inference",
    "tiny_energy_valid": "tiny_energy.valid",
    "tiny_energy_reason": "tiny_energy.reason",
}
STREAM: Mapping[str, str] = {
    "stream_pace": "stream.pace",
    "stream_frames": "stream.timing.frames",
    "late_frames": "stream.timing.late",
    "deadline_ns": "stream.deadline_ns",
    "duty_cycle": "stream.timing.duty_cycle",
    "headroom": "stream.timing.headroom",
    "words": "stream.detections.words",
    "false_negatives": "stream.detections.false_negatives",
    "false_positives": "stream.detections.false_positives",
    "detections_target_met": "stream.detections.passed",
}
DATA: Mapping[str, str] = {
    "query_size": "dataset.query_size",
    "items_per_second": "items_per_second",
    "data": "dataset.name",
    "data_limits": "dataset.limits",
    "warnings": "warnings",
}
TIMES = (
    *("p50_ns", "p90_ns", "p99_ns", "samples_per_second", "score", "test_low", "test_high"),
    *("overhead_ns", "overhead_share", "device_p50_ns", "device_p90_ns"),
    *("device_samples_per_second", "tiny_inferences_per_second", "items_per_second"),
)
"""Empty for a board that is emulated: its clock counts instructions."""
PEAK = ("peak_qps", "peak_rates_tried")
SERIES = ("tests", "test_low", "test_high")
AUDITS = ("audits_passed", "audits_run")
"""Columns, and where the record has each; a part that the run lacks leaves its columns empty."""
COLUMNS: tuple[str, ...] = (
    *("run", *RUN, "verdict", "reasons", *PERFORMANCE, *SERIES, *ACCURACY, *AUDITS),
    *(*OVERHEAD, *DEVICE, *ENERGY, *DATA, *STREAM, *PEAK, *ESTIMATE),
)
"""The columns in their order. They are stable: new ones are added, none changes its meaning."""


def flat(row: SummaryRow) -> dict[str, Any]:
    """Return a row's values by the names of `COLUMNS`."""
    record = row.record
    audits = [audit.passed for audit in record.compliance]
    series = record.performance and series_range(record.scenario, record.performance)
    values: dict[str, Any] = {
        "run": row.run,
        "verdict": row.verdict,
        "reasons": row.reasons,
        "tests": series.tests if series else None,
        "test_low": series.low if series else None,
        "test_high": series.high if series else None,
        "audits_passed": sum(audits) if audits else None,
        "audits_run": len(audits) or None,
        "peak_qps": peak_qps(record),
        "peak_rates_tried": len(record.peak_search) or None,
    }
    for part in (RUN, PERFORMANCE, ACCURACY, OVERHEAD, DEVICE, ENERGY, DATA, STREAM, ESTIMATE):
        values |= {name: _at(record, path) for name, path in part.items()}
    if record.instructions_per_inference is not None:
        values |= dict.fromkeys(TIMES)  # an emulator's are no times, and its overhead is negative
    return {name: values[name] for name in COLUMNS}


def _at(record: Any, path: str) -> Any:
    """Return what lies at a path of attributes and keys; None where a part is missing."""
    value = record
    for name in path.split("."):
        if value is None:
            return None
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
    return value
