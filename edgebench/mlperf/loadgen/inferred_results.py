"""Infer one scenario's result from another's, as the edge rules allow.

Source: mlcommons/inference, tools/submission (the checker's performance check).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from edgebench.mlperf.loadgen.result import LoadgenResult
from edgebench.mlperf.scenarios import SCENARIOS, Scenario, ScenarioName

INFERRED_STREAMS = 8
"""A MultiStream query has 8 samples; its latency is inferred to be 8 times that of one."""


def inferred_p99_ns(result: LoadgenResult) -> float:
    """Return SingleStream's 99th percentile (ns), which MultiStream is inferred from."""
    return float(result.estimates_ns.get("p99") or result.latency_ns["p99"])


def _eight_in_turn(result: LoadgenResult) -> float:
    return INFERRED_STREAMS * inferred_p99_ns(result)


def _without_overhead(result: LoadgenResult) -> float:
    return result.unloaded_per_second or result.samples_per_second


def _by_mean_query(result: LoadgenResult) -> float:
    mean_ns = result.latency_ns.get("mean")
    return INFERRED_STREAMS * 1e9 / mean_ns if mean_ns else result.samples_per_second


_SCORES: Mapping[tuple[ScenarioName, ScenarioName], Callable[[LoadgenResult], float]] = {
    ("singlestream", "multistream"): _eight_in_turn,
    ("singlestream", "offline"): _without_overhead,
    ("multistream", "offline"): _by_mean_query,
}
"""The score in a scenario (second) by the result of another (first)."""


def can_infer(measured: Scenario, wanted: Scenario) -> bool:
    """Return whether the rules let a scenario's result be inferred from another's."""
    return (measured.name, wanted.name) in _SCORES


def inferred_result(result: LoadgenResult, measured: Scenario, wanted: Scenario) -> LoadgenResult:
    """Return a result in another scenario; its latencies stay those that were measured.

    Raises
    ------
    KeyError
        If the rules infer none: see `can_infer`.
    """
    score = _SCORES[measured.name, wanted.name](result)
    if SCENARIOS[wanted.name].lower_is_better:
        return replace(result, score=score)
    return replace(result, score=score, samples_per_second=score)
