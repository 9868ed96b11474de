"""How far apart the tests of a measurement were."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from edgebench.mlperf.scenarios import ScenarioName, scenario_called
from edgebench.results.formatting import duration
from edgebench.rundir.record import PerformanceRecord

SHOWN: dict[ScenarioName, str] = {
    "singlestream": "p90",
    "multistream": "p99",
    "server": "p99",
    "offline": "samples/s",
}
"""What a scenario is judged by; LoadGen's score is that with a margin, Server's is no measure."""
_FIELDS = {"p90": "p90_ns", "p99": "p99_ns", "samples/s": "samples_per_second"}


def series_figures(scenario: str, performance: PerformanceRecord) -> dict[str, Any]:
    """Return a summary row's ``tests``, ``test_low`` and ``test_high``."""
    read = attrgetter(_FIELDS[SHOWN[scenario_called(scenario).name]])
    figures = [read(test) for test in performance.series]
    found = {"test_low": min(figures), "test_high": max(figures)} if figures else {}
    return {"tests": len(figures) or 1, **found}


def series_note(scenario: str, tests: int | None, low: float | None, high: float | None) -> str:
    """Return the figures of `series_figures` as a sentence; nothing of a single test."""
    if tests is None or tests < 2 or low is None or high is None:
        return ""
    shown = SHOWN[scenario_called(scenario).name]
    span = (
        f"{low:,.1f} to {high:,.1f} {shown}"
        if shown == "samples/s"
        else f"{shown} {duration(round(low))} to {duration(round(high))}"
    )
    return f"{scenario}: the median of {tests} tests in a row, {span}"
