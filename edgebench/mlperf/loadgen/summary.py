"""Read LoadGen's mlperf_log_summary.txt, of every generation from v0.5 to v6: `name : value` lines.

Names have changed (`90th percentile latency (ns)`, later `90.0th`); values are compared under a
spelling that all have in common. Where there is a detail log it says more; a summary alone is what
is published of most results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.result import CONSTRAINTS, LoadgenResult
from edgebench.mlperf.log_text import log_lines, real
from edgebench.mlperf.scenarios import Scenario, scenario_called

# Each looks at any character a fixed number of times, however long a line is.
_ESTIMATE = re.compile(r"Early stopping ([0-9.]{1,9})\S{0,3} percentile estimate: ([0-9]{1,30})")
_PERCENTILE = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,9})?)(?:th)? percentile(?: per query)? latency \(ns\)"
)
_COUNT = re.compile(r"(?<![0-9])([0-9]{1,30}|No) (warnings?|errors?) encountered", re.IGNORECASE)
_NEEDED = "Result is"

CONSTRAINT_LINES = {
    "performance constraints satisfied": "result_perf_constraints_met",
    "min duration satisfied": "result_min_duration_met",
    "min queries satisfied": "result_min_queries_met",
    "early stopping satisfied": "early_stopping_met",
}
RATE_LINES = {
    "samples per second",
    "completed samples per second",
    "scheduled samples per second",
    "qps w/o loadgen overhead",
}
"""A rate; the first in a summary is the one that its round scored."""
TOKEN_LINES = {
    "offline": ("tokens per second", "tokens per second (inferred)"),
    "server": ("completed tokens per second", "completed tokens per second (inferred)"),
}
"""What a language model is scored by, where its scenario is scored by a rate."""
TTFT_LINE = "ttft early stopping result"
STREAMS_LINE = "samples per query"
UNLOADED_LINE = "qps w/o loadgen overhead"


@dataclass(frozen=True)
class LoadgenSummary:
    """A summary.

    Attributes
    ----------
    values
        By the name in lower case; what stands twice has its first value (the result, not the
        setting of the same name).
    latency_ns
        By percentile: ``p50`` to ``p99.9``; ``min``, ``mean``, ``max``.
    estimates_ns
        Early stopping's estimates, by percentile.
    advice
        Lines that say why it is INVALID.
    warnings, errors
        How many LoadGen counts; None where it does not say.
    """

    values: dict[str, str] = field(default_factory=dict)
    latency_ns: dict[str, int] = field(default_factory=dict)
    estimates_ns: dict[str, int] = field(default_factory=dict)
    advice: tuple[str, ...] = ()
    warnings: int | None = None
    errors: int | None = None
    where: str = "mlperf_log_summary.txt"

    @property
    def scenario(self) -> Scenario:
        """The scenario that ran.

        Raises
        ------
        KeyError
            If it is none that is known.
        """
        return scenario_called(self.values["scenario"])

    def real(self, name: str, default: float) -> float:
        """Return the value of a name in lower case as a number.

        Raises
        ------
        LogInvalid
            If it is none.
        """
        return real(self.values.get(name, default), f"{self.where}, `{name}`")


def read_summary(path: Path) -> LoadgenSummary:
    """Read a summary.

    Raises
    ------
    LogInvalid
        If it is empty, cut short or no summary; the message has the line.
    """
    values: dict[str, str] = {}
    latency: dict[str, int] = {}
    estimates: dict[str, int] = {}
    advice: list[str] = []
    counts: dict[str, int] = {}
    number = 0
    in_tokens = False
    for number, line in log_lines(path):
        where = f"{path}, line {number}"
        # Estimates below this line are of the time to a token, not of a query's latency.
        in_tokens = in_tokens or line.lower().startswith(TTFT_LINE)
        estimate = _ESTIMATE.search(line)
        if estimate:
            if not in_tokens:
                estimates[_percentile(estimate[1], where)] = _whole(estimate[2], where)
            continue
        count = _COUNT.search(line)
        if count:
            counts[count[2].lower().rstrip("s")] = 0 if count[1].lower() == "no" else int(count[1])
            continue
        if line.lstrip().startswith("*"):
            advice.append(line.strip(" *"))
            continue
        name, value = _pair(line)
        if not value:
            continue
        known = _latency_name(name, where)
        if known:
            latency.setdefault(known, _whole(value, where))
        else:
            values.setdefault(name.lower(), value)
    if "scenario" not in values:
        what = "is empty: the test did not end" if not number else "has no scenario in it"
        raise LogInvalid(f"{path}, line {max(number, 1)}: {what}")
    return LoadgenSummary(
        values,
        latency,
        estimates,
        tuple(advice),
        counts.get("warning"),
        counts.get("error"),
        str(path),
    )


def summary_result(summary: LoadgenSummary) -> LoadgenResult:
    """Take a performance result out of a summary; see `LoadgenResult`.

    Raises
    ------
    LogInvalid
        If the result is missing: it is of another mode, or was cut short.
    """
    values, where = summary.values, summary.where
    if _NEEDED.lower() not in values:
        raise LogInvalid(
            f"{where}: no `{_NEEDED}` in it: the test did not end, or was no performance test"
        )
    valid = values[_NEEDED.lower()].upper() == "VALID"
    scenario = _scenario(summary, where)
    rate = next((_real(values[name], where) for name in values if name in RATE_LINES), 0.0)
    lines = TOKEN_LINES.get(scenario.name, ())
    tokens = _optional(summary, next((name for name in lines if name in values), ""))
    score = _score(summary, scenario, rate) if tokens is None else tokens
    if score is None:
        raise LogInvalid(f"{where}: no result of {scenario.loadgen_name} in it: cut short?")
    return LoadgenResult(
        valid=valid,
        reasons=() if valid else _reasons(summary),
        score=score,
        samples_per_second=rate,
        query_count=0,
        sample_count=0,
        duration_s=0.0,
        latency_ns=summary.latency_ns,
        estimates_ns=summary.estimates_ns,
        streams=int(_real(values[STREAMS_LINE], where)) if STREAMS_LINE in values else None,
        tokens_per_second=tokens,
        unloaded_per_second=_optional(summary, UNLOADED_LINE),
    )


def _optional(summary: LoadgenSummary, name: str) -> float | None:
    return _real(summary.values[name], summary.where) if name in summary.values else None


def _scenario(summary: LoadgenSummary, where: str) -> Scenario:
    try:
        return summary.scenario
    except KeyError as error:
        raise LogInvalid(f"{where}: no scenario is called {error}") from error


def _score(summary: LoadgenSummary, scenario: Scenario, rate: float) -> float | None:
    if not scenario.lower_is_better:
        return rate or None
    percentile = {"singlestream": "p90", "multistream": "p99"}[scenario.name]
    found = summary.estimates_ns.get(percentile, summary.latency_ns.get(percentile))
    return None if found is None else float(found)


def _reasons(summary: LoadgenSummary) -> tuple[str, ...]:
    unmet = [
        CONSTRAINTS[key]
        for line, key in CONSTRAINT_LINES.items()
        if summary.values.get(line, "").lower() == "no"
    ]
    return (*unmet, *summary.advice)


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _latency_name(name: str, where: str) -> str:
    match = _PERCENTILE.fullmatch(name)
    if match:
        return _percentile(match[1], where)
    words = name.lower().split()
    if words[1:] in (["latency", "(ns)"], ["query", "latency", "(ns)"]) and (
        words[0] in ("min", "mean", "max")
    ):
        return words[0]
    return ""


def _percentile(text: str, where: str) -> str:
    return f"p{real(text, where):g}"


def _whole(text: str, where: str) -> int:
    return int(_real(text, where))


def _real(text: str, where: str) -> float:
    words = text.split(maxsplit=1)
    return real(words[0] if words else text, where)
