"""The compliance audits: the settings that each forces on LoadGen, and what passes.

Source: mlcommons/inference, compliance/ (TEST01, TEST04, and TEST05 of earlier rounds). The
official comparison of TEST04 takes a latency for a rate, and so lets any gain in latency pass;
here a gain is a gain in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from edgebench.mlperf.loadgen.config import Value
from edgebench.mlperf.scenarios import Scenario

AuditName = Literal["TEST01", "TEST04", "TEST05"]
TOLERANCE = 0.10
FAST_TOLERANCE = 0.20
"""Very short latencies vary more from run to run: the rules allow them twice as much."""
FAST_LATENCY_NS = 200_000
"""A SingleStream latency up to which FAST_TOLERANCE holds; eight times that in MultiStream."""
SAMPLED_ANSWERS = 4096
"""What TEST01 samples of most benchmarks, and of models that count as no benchmark."""
SAMPLED_ANSWERS_OF = {
    "3d-unet-99": 64,
    "3d-unet-99.9": 64,
    "pointpainting": 256,
    "retinanet": 256,
    "stable-diffusion-xl": 128,
    "wan-2.2-t2v-a14b": 50,
    "yolo-95": 64,
    "yolo-99": 64,
}
"""Of those whose answers are large, by benchmark: their audit.config, alike in v5.1 to v6.1."""
_PERFORMANCE_ONLY = 2


@dataclass(frozen=True)
class Audit:
    """An audit: what it looks for, and the settings of its audit.config.

    ``slower_fails`` tells audits of equality from TEST04, which only a gain fails.
    ``other_seeds`` asks for LoadGen's own switch: it takes no seeds from an audit.config.
    """

    name: AuditName
    finds: str
    settings: Mapping[str, Value]
    slower_fails: bool
    compares_answers: bool = False
    other_seeds: bool = False


AUDITS: tuple[Audit, ...] = (
    Audit(
        "TEST01",
        "answers in performance mode that differ from those in accuracy mode",
        {
            "mode": _PERFORMANCE_ONLY,
            "accuracy_log_rng_seed": 720381539243781796,
            "accuracy_log_sampling_target": SAMPLED_ANSWERS,
        },
        slower_fails=True,
        compares_answers=True,
    ),
    Audit(
        "TEST04",
        "answers kept from an earlier query of the same sample",
        {
            "mode": _PERFORMANCE_ONLY,
            "performance_issue_unique": 0,
            "performance_issue_same": 1,
            "performance_issue_same_index": 3,
        },
        slower_fails=False,
    ),
    Audit(
        "TEST05",
        "a speed that depends on the seeds",
        {"mode": _PERFORMANCE_ONLY},
        slower_fails=True,
        other_seeds=True,
    ),
)


def audits_of(benchmark: str | None) -> tuple[Audit, ...]:
    """Return the audits with the settings that they have for a benchmark; None: a model of none."""
    sampled = SAMPLED_ANSWERS_OF.get(benchmark or "", SAMPLED_ANSWERS)
    settings = {"accuracy_log_sampling_target": sampled}
    return tuple(
        replace(audit, settings={**audit.settings, **settings}) if audit.compares_answers else audit
        for audit in AUDITS
    )


def tolerance(scenario: Scenario, reference_score: float) -> float:
    """Return by how much a score may differ, as a share of the reference."""
    fast_ns = FAST_LATENCY_NS * max(1, scenario.samples_per_query)
    fast = scenario.lower_is_better and reference_score <= fast_ns
    return FAST_TOLERANCE if fast else TOLERANCE


def compares_medians(scenario: Scenario, *, is_quick: bool) -> bool:
    """Return whether an audit compares median latencies, not scores.

    A Server's score is the rate at which queries arrive: no cheat would change it. Of a quick
    run, early stopping makes the 99th percentile that of the slowest few queries of some
    hundreds: the machine's stalls, not the system.
    """
    return scenario.name == "server" or (is_quick and scenario.lower_is_better)


def compared_value(
    scenario: Scenario, score: float, latency_ns: Mapping[str, int], *, is_quick: bool
) -> float:
    """Return what an audit compares: the score, or the median latency (ns)."""
    medians = compares_medians(scenario, is_quick=is_quick)
    return float(latency_ns["p50"]) if medians else score


def gain(scenario: Scenario, reference_score: float, score: float) -> float:
    """Return how much better a `compared_value` is: 0.1 is 10 % better, -0.1 worse."""
    if scenario.lower_is_better or scenario.name == "server":
        return reference_score / score - 1 if score else float("inf")
    return score / reference_score - 1 if reference_score else float("inf")
