"""A performance test: its settings, how long it ran, how much it loaded, what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgebench.mlperf.loadgen.detail import DETAIL_FILE, SUMMARY_FILE, DetailLog
from edgebench.mlperf.loadgen.result import LoadgenResult, performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, OFFLINE_SAMPLES, SCENARIOS, Scenario
from edgebench.results.check.inference.result import CheckedResult

ROUNDING = 1e-3
"""How far a summary's figure may be from the detail log's: it is printed with fewer digits."""
FINISHED_SHARE = 0.995
"""A test of 600 s whose log's own clock says a little less has run its time: LoadGen stops by its
steady clock, and power_begin is by the calendar's."""


@dataclass(frozen=True)
class Test:
    """What a detail log says of a performance test, and what the benchmark wants loaded."""

    scenario: Scenario
    result: LoadgenResult
    least_ms: float
    loaded: int
    wanted: int


def _validity(test: Test) -> str:
    return "" if test.result.valid else f"INVALID: {'; '.join(test.result.reasons)}"


def _length(test: Test) -> str:
    if test.least_ms < OFFICIAL_DURATION_MS:
        return f"a test of {test.least_ms / 1000:g} s; the rules want 600"
    if test.result.duration_s * 1000 < FINISHED_SHARE * OFFICIAL_DURATION_MS:
        return f"it ran for {test.result.duration_s:.1f} s; the rules want 600"
    return ""


def _samples(test: Test) -> str:
    if test.scenario.name != "offline" or test.result.sample_count >= OFFLINE_SAMPLES:
        return ""
    return f"{test.result.sample_count} samples; the rules want {OFFLINE_SAMPLES}"


def _loaded(test: Test) -> str:
    if test.loaded >= test.wanted:
        return ""
    return f"{test.loaded} samples were loaded; the rules want {test.wanted}"


RULES: tuple[Callable[[Test], str], ...] = (_validity, _length, _samples, _loaded)
"""Each says what is wrong with a test; nothing if it is as the rules want it."""


def check_performance(checked: CheckedResult, folder: Path, log: DetailLog) -> None:
    """Check a performance test's logs."""
    path = folder / DETAIL_FILE
    scenario = _scenario(checked, path, log)
    if scenario is None:
        return
    with checked.noting(path):
        test = Test(
            scenario,
            performance_result(log, scenario),
            log.real("effective_min_duration_ms", 0),
            log.whole("effective_performance_sample_count", 0),
            checked.rules.loaded_samples,
        )
        for text in filter(None, (rule(test) for rule in RULES)):
            checked.findings.error(path, text)
        _compare_summary(checked, folder / SUMMARY_FILE, test.result.score)


def _scenario(checked: CheckedResult, path: Path, log: DetailLog) -> Scenario | None:
    """Return the scenario that a log's figures are of; None of one that does not belong here."""
    named, scenario = str(log.values.get("effective_scenario", "")), checked.scenario
    if named.lower() == scenario.name:
        return scenario
    # MLPerf infers MultiStream and Offline from SingleStream.
    if named != "SingleStream" or scenario.name == "server":
        checked.findings.error(path, f"a log of {named}, in a folder of {scenario.name}")
        return None
    checked.findings.warning(path, f"{scenario.loadgen_name} is inferred from SingleStream")
    return SCENARIOS["singlestream"]


def _compare_summary(checked: CheckedResult, path: Path, score: float) -> None:
    with checked.noting(path):
        said = summary_result(read_summary(path)).score
        if abs(said - score) > ROUNDING * abs(score):
            checked.findings.error(
                path, f"says {said:g}, the detail log {score:g}: one of them was changed"
            )
