"""Objectives of tuning: scenario, figure, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edgebench.errors import UsageError
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.rundir.records.run import RunRecord

ObjectiveName = Literal["latency", "throughput", "energy", "latency-bounded-throughput"]
LATENCY: ObjectiveName = "latency"
THROUGHPUT: ObjectiveName = "throughput"
ENERGY: ObjectiveName = "energy"
BOUNDED: ObjectiveName = "latency-bounded-throughput"
BUDGET_S = 60.0
"""How long a search for an objective takes by default."""


@dataclass(frozen=True)
class Objective:
    """An objective.

    Attributes
    ----------
    figure
        What a finished run came to; None where it has no such figure.
    lower_is_better
        Else higher is.
    several, batches
        Whether several instances, and batches, can serve it.
    serves
        The scenarios whose runs take the settings that were tuned for it.
    """

    name: ObjectiveName
    scenario: ScenarioName
    unit: str
    figure: Callable[[RunRecord], float | None]
    lower_is_better: bool
    several: bool
    batches: bool
    serves: tuple[ScenarioName, ...]

    def cost(self, figure: float) -> float:
        """Return a figure as a time or an energy: less is better."""
        return figure if self.lower_is_better else 1 / figure if figure else float("inf")


def _p50_us(record: RunRecord) -> float | None:
    return record.performance.latency_ns["p50"] / 1e3 if record.performance else None


def _rate(record: RunRecord) -> float | None:
    return record.performance.samples_per_second if record.performance else None


def _bounded_rate(record: RunRecord) -> float | None:
    performance = record.performance
    if performance is None or not performance.valid:
        return None
    return performance.target_qps


def _uj(record: RunRecord) -> float | None:
    each = record.energy.per_inference_j if record.energy else None
    return None if each is None else each * 1e6


OBJECTIVES: dict[str, Objective] = {
    each.name: each
    for each in (
        Objective(
            LATENCY,
            "singlestream",
            "us",
            _p50_us,
            True,
            False,
            False,
            ("singlestream", "multistream"),
        ),
        Objective(THROUGHPUT, "offline", "samples/s", _rate, False, True, True, ("offline",)),
        Objective(ENERGY, "offline", "uJ/inference", _uj, True, True, True, ()),
        Objective(BOUNDED, "server", "queries/s", _bounded_rate, False, True, True, ("server",)),
    )
}


def objective_called(name: str) -> Objective:
    """Return an objective.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in OBJECTIVES:
        raise UsageError.unknown("objective", name, OBJECTIVES)
    return OBJECTIVES[name]
