"""Take the result of a performance test out of LoadGen's detail log, by the log's own round."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.detail import DetailLog
from edgebench.mlperf.scenarios import LATENCY_PERCENTILES, Scenario


@dataclass(frozen=True)
class LoadgenResult:
    """The outcome of a performance test as LoadGen states it.

    ``latency_ns`` maps LoadGen's percentiles (``p50`` to ``p99.9``) and min, mean and max to
    nanoseconds a query; ``estimates_ns`` has early stopping's estimates (``p90``, ``p99``).
    ``score`` is the figure that the rules compare, in the scenario's unit, or tokens per second
    where ``tokens_per_second`` is one; ``streams`` is what MultiStream was scored by before v2.0.
    Counts and the duration are 0 where only a summary is left, which has none.
    """

    valid: bool
    reasons: tuple[str, ...]
    score: float
    samples_per_second: float
    query_count: int
    sample_count: int
    duration_s: float
    latency_ns: dict[str, int]
    estimates_ns: dict[str, int] = field(default_factory=dict)
    streams: int | None = None
    tokens_per_second: float | None = None
    unloaded_per_second: float | None = None


def performance_result(log: DetailLog, scenario: Scenario) -> LoadgenResult:
    """Take a scenario's result out of a detail log.

    Raises
    ------
    LogInvalid
        If the test did not end, so that keys of the result are missing, or one is no number.
    """
    if "result_validity" not in log.values:
        raise LogInvalid(f"{log.where}: the test did not end: `result_validity` is missing")
    # Before v2.0 the log did not count them.
    queries = log.whole("result_query_count", 0)
    samples = queries * log.whole("generated_samples_per_query")
    begin, end = log.window
    duration_s = (end - begin).total_seconds()
    tokens = _tokens_per_second(log, scenario)
    return LoadgenResult(
        valid=log.values["result_validity"] == "VALID",
        reasons=_reasons(log),
        score=log.real(_score_key(log.values, scenario)) if tokens is None else tokens,
        samples_per_second=_rate(log, samples, duration_s),
        query_count=queries,
        sample_count=samples,
        duration_s=duration_s,
        latency_ns=_latencies_ns(log),
        estimates_ns=_estimates_ns(log),
        streams=log.whole(STREAMS_KEY, 0) or None,
        tokens_per_second=tokens,
        unloaded_per_second=log.real(UNLOADED_KEY) if log.values.get(UNLOADED_KEY) else None,
    )


UNLOADED_KEY = "result_qps_without_loadgen_overhead"


TOKEN_KEYS = {
    "offline": ("result_tokens_per_second", "result_inferred_tokens_per_second"),
    "server": ("result_completed_tokens_per_second", "result_inferred_completed_tokens_per_second"),
}
"""A language model's rate is scored in tokens; LoadGen logs one of these keys for it alone."""
TTFT_KEY = "early_stopping_ttft_result"
"""In a log that has it, early stopping estimated the time to the first token, not the latency."""
WHOLE_ANSWER_KEYS = {
    "singlestream": "result_90.00_percentile_latency_ns",
    "multistream": "result_99.00_percentile_per_query_latency_ns",
}
"""What is scored there instead: the percentile of whole answers."""


def _tokens_per_second(log: DetailLog, scenario: Scenario) -> float | None:
    keys = TOKEN_KEYS.get(scenario.name, ())
    found = next((key for key in keys if log.values.get(key) is not None), None)
    return None if found is None else log.real(found)


def _score_key(values: Mapping[str, Any], scenario: Scenario) -> str:
    """Return the key that a log's own round scored: early stopping came with v2.0."""
    if scenario.name == "server":
        generation = _GENERATION.match(str(values.get("loadgen_version", "")))
        if generation and int(generation[1]) < COMPLETED_SINCE:
            return "result_scheduled_samples_per_sec"
    if TTFT_KEY in values and scenario.name in WHOLE_ANSWER_KEYS:
        return WHOLE_ANSWER_KEYS[scenario.name]
    keys = (scenario.score_key, *_OLDER_SCORES.get(scenario.name, ()))
    return next((key for key in keys if key in values), scenario.score_key)


_GENERATION = re.compile(r"([0-9]{1,4})(?![0-9])")
COMPLETED_SINCE = 4
"""The generation from which on Server is scored by what was completed, not by what was asked."""
STREAMS_KEY = "result_samples_per_query"
"""Before v2.0 MultiStream was scored by how many samples a query could have."""
_OLDER_SCORES = {
    "singlestream": ("result_90.00_percentile_latency_ns",),
    "multistream": (
        "result_99.00_percentile_per_query_latency_ns",
        "result_99.00_percentile_latency_ns",
    ),
}
_ESTIMATES = {"p90": "early_stopping_latency_ss", "p99": "early_stopping_latency_ms"}


def _estimates_ns(log: DetailLog) -> dict[str, int]:
    if TTFT_KEY in log.values:
        return {}
    return {name: log.whole(key) for name, key in _ESTIMATES.items() if log.values.get(key)}


def _latencies_ns(log: DetailLog) -> dict[str, int]:
    # MultiStream states latencies a sample and, since LoadGen 3, a query; a query is scored.
    per_query = "result_50.00_percentile_per_query_latency_ns" in log.values
    percentile_key = "result_{}_percentile_" + ("per_query_" if per_query else "") + "latency_ns"
    extreme_key = "result_{}_" + ("query_" if per_query else "") + "latency_ns"
    keys = {f"p{float(p):g}": percentile_key.format(p) for p in LATENCY_PERCENTILES}
    keys |= {name: extreme_key.format(name) for name in ("min", "mean", "max")}
    return {name: log.whole(key) for name, key in keys.items()}


def _rate(log: DetailLog, samples: int, duration_s: float) -> float:
    for key in ("result_samples_per_second", "result_completed_samples_per_sec"):
        if key in log.values:
            return log.real(key)
    # SingleStream and MultiStream are one query after the other: their rate is what the time
    # of the test gives (MultiStream's log states none).
    return samples / duration_s if duration_s else 0.0


CONSTRAINTS = {
    "result_perf_constraints_met": "the latency bound was not met",
    "result_min_duration_met": "it was shorter than the minimum duration",
    "result_min_queries_met": "there were fewer queries than the minimum",
    "early_stopping_met": "there were too few queries for the percentile (early stopping)",
}


def _reasons(log: DetailLog) -> tuple[str, ...]:
    if log.values.get("result_validity") == "VALID":
        return ()
    unmet = [text for key, text in CONSTRAINTS.items() if log.values.get(key) is False]
    advice = str(log.values.get("result_invalid_reason") or "")
    return (*unmet, *(line.strip(" *") for line in advice.split("\n") if line.strip()), *log.errors)
