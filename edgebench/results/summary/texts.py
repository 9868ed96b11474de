"""Rows of the summary as texts by column, for a README or a page."""

from __future__ import annotations

from collections.abc import Sequence

from edgebench.metrics import metric_called
from edgebench.results.formatting import duration, joules, uncertainty
from edgebench.results.stream_text import detections_text
from edgebench.results.summary.peak import peak_qps
from edgebench.results.summary.row import SummaryRow
from edgebench.rundir.records.run import RunRecord

PERCENTILES = ("p50", "p90", "p99")
RATES = ("samples/s", "instructions per inference")


def markdown_rows(rows: Sequence[SummaryRow]) -> list[dict[str, str]]:
    """Return what a README shows of runs, as texts by column."""
    return [_texts(row) for row in rows]


def _texts(row: SummaryRow) -> dict[str, str]:
    record = row.record
    on_device = record.device is not None
    sut = record.sut
    return {
        "model": f"{record.model.name} {record.model.variant}".strip(),
        "on": record.device.port if record.device else f"{sut.name} {sut.runtime_version}",
        "settings": "" if on_device else ", ".join(sut.settings.parts()),
        "scenario": record.scenario,
        **_speed(record),
        "accuracy": _accuracy(record),
        "estimated time": _estimate(record),
        "energy per inference": _energy(record),
        "verdict": row.verdict + record.reservations,
    }


def _accuracy(record: RunRecord) -> str:
    accuracy, stream = record.accuracy, record.stream
    if stream is not None and stream.detections is not None:
        return detections_text(stream.detections)
    return "" if accuracy is None else metric_called(accuracy.metric).text(accuracy.value)


def _speed(record: RunRecord) -> dict[str, str]:
    """Return how fast a run is; an emulator's clock counts instructions, which are no time."""
    count = record.instructions_per_inference
    if count is not None:
        none = dict.fromkeys((*PERCENTILES, RATES[0]), "")
        return {**none, "instructions per inference": f"{count:,.0f}", "peak": ""}
    latency, rate = record.own_latency_ns, record.own_samples_per_second
    peak = peak_qps(record)
    return {
        **{name: duration(latency[name]) if name in latency else "" for name in PERCENTILES},
        "samples/s": "" if rate is None else f"{rate:,.1f}",
        "instructions per inference": "",
        "peak": "" if peak is None else f"{peak:,.1f} queries/s",
    }


def _estimate(record: RunRecord) -> str:
    """Return the time that an emulated board's inference is estimated to take there."""
    found = record.estimate
    if found is None:
        return ""
    low, high = (duration(int(each)) for each in (found.low_ns, found.high_ns))
    return f"{duration(int(found.time_ns))} ({low} to {high})"


def _energy(record: RunRecord) -> str:
    energy = record.energy
    if energy is None or energy.per_inference_j is None:
        return ""
    text = f"{joules(energy.per_inference_j)} {uncertainty(energy.uncertainty_share)}"
    return text + (" (estimate)" if energy.is_estimate else "")
