"""LoadGen's mlperf_log_detail.txt: a ``:::MLLOG {json}`` a line; before v1.0, text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.text_detail import TextDetail
from edgebench.mlperf.rounds import Seeds
from edgebench.mlperf.scenarios import LATENCY_PERCENTILES, Scenario

PREFIX = ":::MLLOG "
SUMMARY_FILE = "mlperf_log_summary.txt"
DETAIL_FILE = "mlperf_log_detail.txt"
ACCURACY_FILE = "mlperf_log_accuracy.json"

# Written once a test, and as long as the dataset: of no use to a reader of results.
_SKIPPED_KEYS = frozenset({"loaded_qsl_set", "loadgen_file_sha1", "loadgen_git_log_message"})


@dataclass
class DetailLog:
    """A detail log: the last value of every key, and what LoadGen complained of."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def too_few_queries(self) -> bool:
        """Whether LoadGen made too few queries: the system was faster than it was told."""
        advice = str(self.values.get("result_invalid_reason") or "")
        ran_out = any("Ran out of generated queries" in error for error in self.errors)
        return ran_out or "pre-generates" in advice

    @property
    def seeds(self) -> Seeds:
        """The seeds that the test ran with; 0 where the log states none."""
        names = ("qsl", "sample_index", "schedule")
        return Seeds(*(int(self.values.get(f"effective_{name}_rng_seed", 0)) for name in names))


@dataclass(frozen=True)
class LoadgenResult:
    """The outcome of a performance test as LoadGen states it.

    ``latency_ns`` maps LoadGen's percentiles (``p50`` to ``p99.9``) and min, mean and max to
    nanoseconds a query; ``estimates_ns`` has early stopping's estimates (``p90``, ``p99``).
    ``score`` is the figure that the rules compare, in the scenario's unit; ``streams`` is what
    MultiStream was scored by before v2.0. Counts and the duration are 0 where only a summary is
    left, which has none.
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


def read_detail(path: Path) -> DetailLog:
    """Read a detail log line by line.

    Raises
    ------
    LogInvalid
        If it can't be read or a line is damaged (the message says which).
    """
    log = DetailLog()
    for entry in _entries(path):
        key, value = entry["key"], entry.get("value")
        metadata = entry.get("metadata") or {}
        if metadata.get("is_error"):
            log.errors.append(str(value))
        elif metadata.get("is_warning"):
            log.warnings.append(str(value))
        if key not in _SKIPPED_KEYS:
            log.values[key] = value
    return log


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    text = TextDetail()
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if not line.startswith(PREFIX):
                    entry = text.entry(line)
                    if entry is not None:
                        yield entry
                    continue
                try:
                    entry = json.loads(line[len(PREFIX) :])
                except (json.JSONDecodeError, RecursionError) as error:
                    raise LogInvalid(
                        f"{path}, line {number}: damaged or cut short ({error})"
                    ) from error
                if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
                    raise LogInvalid(f"{path}, line {number}: no key in it")
                yield entry
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {error.strerror}") from error


def performance_result(log: DetailLog, scenario: Scenario, where: str) -> LoadgenResult:
    """Take a scenario's result out of a detail log.

    Raises
    ------
    LogInvalid
        If the test did not end: the result's keys are missing.
    """
    values = log.values
    try:
        # Before v2.0 the log did not count them.
        queries = int(values.get("result_query_count", 0))
        samples_per_query = int(values["generated_samples_per_query"])
        samples = queries * samples_per_query
        duration_s = _duration_s(values)
        return LoadgenResult(
            valid=values["result_validity"] == "VALID",
            reasons=_reasons(log),
            score=float(values[_score_key(values, scenario)]),
            samples_per_second=_rate(values, samples, duration_s),
            query_count=queries,
            sample_count=samples,
            duration_s=duration_s,
            latency_ns=_latencies_ns(values),
            estimates_ns={
                name: int(values[key]) for name, key in _ESTIMATES.items() if values.get(key)
            },
            streams=int(values.get(STREAMS_KEY, 0)) or None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LogInvalid(f"{where}: the test did not end: {error} is missing or wrong") from error


def _score_key(values: dict[str, Any], scenario: Scenario) -> str:
    """Return the key that a log's own round scored: early stopping came with v2.0."""
    if scenario.name == "server":
        generation = str(values.get("loadgen_version", "")).partition(".")[0]
        if generation.isdigit() and int(generation) < COMPLETED_SINCE:
            return "result_scheduled_samples_per_sec"
    keys = (scenario.score_key, *_OLDER_SCORES.get(scenario.name, ()))
    return next((key for key in keys if key in values), scenario.score_key)


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


def _latencies_ns(values: dict[str, Any]) -> dict[str, int]:
    # MultiStream states latencies a sample and, since LoadGen 3, a query; a query is scored.
    per_query = "result_50.00_percentile_per_query_latency_ns" in values
    percentile_key = "result_{}_percentile_" + ("per_query_" if per_query else "") + "latency_ns"
    extreme_key = "result_{}_" + ("query_" if per_query else "") + "latency_ns"
    keys = {f"p{float(p):g}": percentile_key.format(p) for p in LATENCY_PERCENTILES}
    keys |= {name: extreme_key.format(name) for name in ("min", "mean", "max")}
    return {name: int(values[key]) for name, key in keys.items()}


def _duration_s(values: dict[str, Any]) -> float:
    from datetime import datetime

    layout = "%m-%d-%Y %H:%M:%S.%f"
    begin = datetime.strptime(values["power_begin"], layout)
    end = datetime.strptime(values["power_end"], layout)
    return (end - begin).total_seconds()


def _rate(values: dict[str, Any], samples: int, duration_s: float) -> float:
    for key in ("result_samples_per_second", "result_completed_samples_per_sec"):
        if key in values:
            return float(values[key])
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
