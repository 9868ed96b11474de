"""How far apart the tests of a measurement were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgebench.mlperf.scenarios import ScenarioName, scenario_called
from edgebench.results.formatting import duration
from edgebench.rundir.records.run import PerformanceRecord, SeriesTest

FIGURES: Mapping[str, Callable[[SeriesTest], float]] = {
    "p90": lambda test: test.p90_ns,
    "p99": lambda test: test.p99_ns,
    "samples/s": lambda test: test.samples_per_second,
}
SHOWN: Mapping[ScenarioName, str] = {
    "singlestream": "p90",
    "multistream": "p99",
    "server": "p99",
    "offline": "samples/s",
}
"""What a scenario is judged by; LoadGen's score is that with a margin, Server's is not measured."""


@dataclass(frozen=True)
class SeriesRange:
    """How many LoadGen tests in a row a measurement is the median of, and their range.

    ``low`` and ``high`` are of the figure that `SHOWN` names (ns or samples/s), None of a single
    test.
    """

    tests: int
    low: float | None = None
    high: float | None = None


def series_range(scenario: str, performance: PerformanceRecord) -> SeriesRange:
    """Return the range of a measurement's tests."""
    if not performance.series:
        return SeriesRange(1)
    figure = FIGURES[SHOWN[scenario_called(scenario).name]]
    figures = [figure(test) for test in performance.series]
    return SeriesRange(len(figures), min(figures), max(figures))


def series_note(scenario: str, performance: PerformanceRecord) -> str:
    """Return the range of a measurement's tests as a sentence; empty for a single test."""
    found = series_range(scenario, performance)
    if found.tests < 2 or found.low is None or found.high is None:
        return ""
    shown = SHOWN[scenario_called(scenario).name]
    span = (
        f"{found.low:,.1f} to {found.high:,.1f} {shown}"
        if shown == "samples/s"
        else f"{shown} {duration(round(found.low))} to {duration(round(found.high))}"
    )
    return f"{scenario}: the median of {found.tests} tests in a row, {span}"
