"""How far apart the tests of a measurement were."""

from __future__ import annotations

from typing import Any

from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.words import duration
from edgebench.rundir.record import PerformanceRecord


def series_figures(performance: PerformanceRecord) -> dict[str, Any]:
    """Return a summary row's ``tests``, ``test_low`` and ``test_high``."""
    by_p99 = performance.target_qps is not None
    figures = [test.p99_ns if by_p99 else test.score for test in performance.series]
    found = {"test_low": min(figures), "test_high": max(figures)} if figures else {}
    return {"tests": len(figures) or 1, **found}


def series_note(scenario: str, tests: int | None, low: float | None, high: float | None) -> str:
    """Return the figures of `series_figures` as a sentence; nothing of a single test."""
    if low is None or high is None:
        return ""
    percentile = {"singlestream": "p90 ", "offline": ""}.get(scenario_called(scenario).name, "p99 ")
    span = f"{duration(round(low))} to {duration(round(high))}" if percentile else (
        f"{low:,.1f} to {high:,.1f} samples/s")  # fmt: skip
    return f"{scenario}: the median of {tests} tests in a row, {percentile}{span}"
