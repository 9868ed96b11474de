"""A performance test: its settings, how long it ran, how much it loaded, what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from edgebench.mlperf.inference_models import InferenceModel
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, SUMMARY_FILE, DetailLog
from edgebench.mlperf.loadgen.inferred_results import can_infer
from edgebench.mlperf.loadgen.result import CONSTRAINTS, LoadgenResult, performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, Scenario, scenario_called
from edgebench.results.check.inference.result import INTERACTIVE, CheckedResult

ROUNDING = 1e-3
"""How far a summary's figure may be from the detail log's: it is printed with fewer digits."""
FINISHED_SHARE = 0.995
"""A test of 600 s whose log's own clock says a little less has run its time: LoadGen stops by its
steady clock, and power_begin is by the calendar's."""
STOPPING_KEY = "early_stopping_met"
OFFLINE_AGREES = 2e-3
SERVER_AGREES = 0.25
"""A Server's rate leaves out its last answers, which take long of a language model."""
IDLE_SHARE = 0.2
"""How much of a SingleStream test may lie between queries, by LoadGen's own figures."""


@dataclass(frozen=True)
class Test:
    """A performance test by its detail log, and the rules for it.

    ``folder`` is the scenario's name by its folder.
    """

    scenario: Scenario
    folder: str
    result: LoadgenResult
    log: DetailLog
    model: InferenceModel
    is_closed: bool


def _validity(test: Test) -> str:
    return "" if test.result.valid else f"INVALID: {'; '.join(test.result.reasons)}"


def _constraints(test: Test) -> str:
    values = test.log.values
    unmet = [text for key, text in CONSTRAINTS.items() if values.get(key) is False]
    if test.scenario.name != "offline" and not values.get(STOPPING_KEY) and not unmet:
        unmet = [CONSTRAINTS[STOPPING_KEY]]
    return f"says VALID, although {'; '.join(unmet)}" if unmet and test.result.valid else ""


def _length(test: Test) -> str:
    least_ms = test.log.real("effective_min_duration_ms", 0)
    if least_ms < OFFICIAL_DURATION_MS:
        return f"a test of {least_ms / 1000:g} s; the rules want 600"
    if test.result.duration_s * 1000 < FINISHED_SHARE * OFFICIAL_DURATION_MS:
        return f"it ran for {test.result.duration_s:.1f} s; the rules want 600"
    return ""


def _samples(test: Test) -> str:
    if test.scenario.name != "offline":
        return ""
    wanted, count = test.model.offline_samples, test.result.sample_count
    if test.is_closed:
        count = min(count, test.log.whole("effective_samples_per_query", 0))
    if count < wanted:
        return f"{count} samples; the rules want {wanted}"
    if test.log.whole("effective_min_query_count", 0) < 1:
        return "`effective_min_query_count` is 0; the rules want a query"
    return ""


def _loaded(test: Test) -> str:
    count, wanted = (
        test.log.whole("effective_performance_sample_count", 0),
        test.model.loaded_samples,
    )
    return "" if count >= wanted else f"{count} samples were loaded; the rules want {wanted}"


def _latency_bound(test: Test) -> str:
    if test.scenario.name != "server" or test.model.server_ns is None:
        return ""
    bound_ns = test.log.real("effective_target_latency_ns", 0)
    if bound_ns <= test.model.server_ns:
        return ""
    most_ms = test.model.server_ns / 1e6
    return f"a latency bound of {bound_ns / 1e6:g} ms; the rules have {most_ms:g}"


def _tokens(test: Test) -> str:
    if not test.model.is_language:
        return ""
    if not test.log.values.get("requested_use_token_latencies"):
        return "`use_token_latencies` is off, which a language model needs"
    limits = test.model.tokens.get(test.folder)
    if test.scenario.name != "server" or limits is None:
        return ""
    first = test.log.real("result_first_token_99.00_percentile_latency_ns")
    further = test.log.real("result_time_per_output_token_99.00_percentile_ns")
    if first < limits.first_ns and further < limits.further_ns:
        return ""
    return (
        f"p99 of the first token {first / 1e6:g} ms and of further ones {further / 1e6:g} ms; the "
        f"rules have {limits.first_ns / 1e6:g} and {limits.further_ns / 1e6:g}"
    )


def _order(test: Test) -> str:
    latency = test.result.latency_ns
    names = ("min", "p50", "p90", "p95", "p97", "p99", "p99.9", "max")
    values = [latency[name] for name in names]
    # An Offline test's sum of latencies may be more than LoadGen's 64 bits hold.
    is_mean = test.scenario.name == "offline" or (
        latency["min"] <= latency["mean"] <= latency["max"]
    )
    return "" if values == sorted(values) and is_mean else "its latencies contradict each other"


def _rate(test: Test) -> str:
    """Compare the rate with the samples and the time that the log has."""
    result, latency = test.result, test.result.latency_ns
    if test.scenario.name == "offline":
        # All samples come at once: the last answer is the end. A set is issued whole.
        answered = result.samples_per_second * latency["max"] / 1e9
        per_set = max(1, test.log.whole("effective_performance_sample_count", 1))
        whole = ceil(result.sample_count / per_set) * per_set
        if (
            min(abs(answered / max(n, 1) - 1) for n in (result.sample_count, whole))
            <= OFFLINE_AGREES
        ):
            return ""
        return (
            f"{result.samples_per_second:g} samples per second for {latency['max'] / 1e9:.1f} s "
            f"are not {result.sample_count} samples"
        )
    if test.scenario.name == "server":
        answered = result.samples_per_second * result.duration_s
        if abs(answered / max(result.sample_count, 1) - 1) <= SERVER_AGREES:
            return ""
        return f"{answered:.0f} samples by its rate and time, {result.sample_count} by its queries"
    busy = latency["mean"] / 1e9 * result.query_count / max(result.duration_s, 1e-9)
    if not result.query_count or 1 - IDLE_SHARE <= busy <= 1 + ROUNDING:
        return ""
    return (
        f"{result.query_count} queries of {latency['mean'] / 1e6:g} ms don't fill "
        f"{result.duration_s:.1f} s: its latencies and its time contradict each other"
    )


RULES: tuple[Callable[[Test], str], ...] = (
    _validity,
    _constraints,
    _length,
    _samples,
    _loaded,
    _latency_bound,
    _tokens,
    _order,
    _rate,
)
"""Each says what is wrong with a test; nothing if it is as the rules want it."""


def check_performance(
    checked: CheckedResult, folder: Path, log: DetailLog, *, summarized: bool = True
) -> None:
    """Check a performance test's logs; ``summarized`` compares the summary with the detail log."""
    path = folder / DETAIL_FILE
    scenario = _scenario(checked, path, log)
    if scenario is None:
        return
    with checked.findings.noting(path):
        result = performance_result(log, scenario)
        name = checked.folder.name.lower()
        test = Test(scenario, name, result, log, checked.rules, checked.is_closed)
        for text in filter(None, (rule(test) for rule in RULES)):
            checked.findings.error(path, text)
        if summarized:
            _compare_summary(checked, folder / SUMMARY_FILE, result)


def _scenario(checked: CheckedResult, path: Path, log: DetailLog) -> Scenario | None:
    """Return the scenario that a log's figures are of; None of one that does not belong here."""
    named, folder = str(log.values.get("effective_scenario", "")), checked.folder.name
    try:
        measured = scenario_called(named)
    except KeyError:
        checked.findings.error(path, f"a log of {named or 'no scenario'}")
        return None
    if measured.name == checked.scenario.name:
        return measured
    if not can_infer(measured, checked.scenario) or folder.lower() == INTERACTIVE:
        checked.findings.error(path, f"a log of {named}, in a folder of {checked.scenario.name}")
        return None
    if "edge" not in checked.suites:
        checked.findings.error(path, f"{folder} may be inferred from {named} of edge systems only")
    checked.findings.warning(path, f"{checked.scenario.loadgen_name} is inferred from {named}")
    return measured


def _compare_summary(checked: CheckedResult, path: Path, result: LoadgenResult) -> None:
    with checked.findings.noting(path):
        said = summary_result(read_summary(path))
        if said.valid != result.valid:
            words = {True: "VALID", False: "INVALID"}
            checked.findings.contradiction(
                path, f"says {words[said.valid]}, the detail log {words[result.valid]}"
            )
        if abs(said.score - result.score) > ROUNDING * abs(result.score):
            checked.findings.contradiction(
                path, f"says {said.score:g}, the detail log {result.score:g}"
            )
        for name, value in said.latency_ns.items():
            other = result.latency_ns.get(name, value)
            if abs(value - other) > ROUNDING * abs(other):
                checked.findings.contradiction(
                    path, f"says {name} {value} ns, the detail log {other}"
                )
