"""The peak that a Server run searched, as a figure and as a sentence."""

from __future__ import annotations

from edgebench.rundir.records.run import RunRecord


def peak_qps(record: RunRecord) -> float | None:
    """Return the largest rate that held its bound in a whole test; None where there is none."""
    performance = record.performance
    if not record.peak_search or performance is None or not performance.valid:
        return None
    return performance.target_qps


def peak_note(record: RunRecord) -> str:
    """Return what the search found as a sentence; empty where nothing was searched."""
    if not record.peak_search or record.performance is None:
        return ""
    bound_ms, found = record.performance.latency_bound_ms, peak_qps(record)
    bound = "the latency bound" if bound_ms is None else f"a p99 latency of {bound_ms:g} ms"
    rates = [step.target_qps for step in record.peak_search]
    tried = f"{len(rates)} rates from {min(rates):,.1f} to {max(rates):,.1f} queries/s were tried"
    if found is None:
        return f"{record.scenario}: no rate held {bound}; {tried}"
    return f"{record.scenario}: the peak is {found:,.1f} queries/s within {bound}; {tried}"
