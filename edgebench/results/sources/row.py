"""One measured result, wherever it came from, in one set of units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from edgebench.text.brief import Brief

Source = Literal["edgebench run", "LoadGen log", "published", "MLPerf Tiny log"]
SAMPLES = "samples/s"


@dataclass(frozen=True)
class ResultSystem:
    """The system that ran it; empty or None where its source does not say."""

    name: str
    processor: str = ""
    accelerator: str = ""
    cores: int | None = None


@dataclass(frozen=True)
class Workload:
    """The workload that ran.

    Attributes
    ----------
    model, benchmark
        The model, and the MLPerf benchmark that it is said to be (``resnet``), if any.
    data
        What it ran on: a dataset's name; a published benchmark has its own.
    quality, accuracy
        The metric, and its value as text.
    macs
        Multiply-accumulates of one inference, as far as it is known.
    """

    model: str
    benchmark: str = ""
    data: str = ""
    quality: str = ""
    accuracy: str = ""
    macs: int | None = None


@dataclass(frozen=True)
class Conditions:
    """How it was driven and timed.

    Attributes
    ----------
    rules
        By whose rules: ``closed v5.1``, ``quick``, ``official settings``, ``MLPerf Tiny``.
    samples_per_query
        1 or 8; None where a query is the whole test.
    """

    scenario: str
    rules: str
    clock: str = ""
    samples_per_query: int | None = None


@dataclass(frozen=True)
class Speed:
    """How fast it was.

    Attributes
    ----------
    latency_ns, latency_kind
        The latency that the scenario scores, and which one that is (``p90``).
    throughput, throughput_unit
        ``samples/s`` unless the benchmark counts something else (``tokens/s``).
    inferred
        Computed from another scenario, not measured.
    """

    latency_ns: float | None = None
    latency_kind: str = ""
    throughput: float | None = None
    throughput_unit: str = SAMPLES
    inferred: bool = False


@dataclass(frozen=True)
class PowerDraw:
    """The power that it took, of all of the machine that the meter saw."""

    power_w: float | None = None
    is_estimate: bool = False
    energy_per_sample_j: float | None = None


@dataclass(frozen=True, repr=False)
class Result(Brief):
    """A result as a row next to others; None or empty where its source does not say.

    Attributes
    ----------
    source, where
        The kind of source, and its path or address.
    verdict
        ``VALID``, ``INVALID``, ``published``, or nothing.
    """

    source: Source
    where: str
    system: ResultSystem
    workload: Workload
    conditions: Conditions
    speed: Speed = field(default_factory=Speed)
    power: PowerDraw = field(default_factory=PowerDraw)
    verdict: str = ""
    notes: tuple[str, ...] = ()

    @property
    def samples_per_joule(self) -> float | None:
        """Samples per second and watt."""
        joules = self.power.energy_per_sample_j
        return 1 / joules if joules else None

    @property
    def throughput_per_core(self) -> float | None:
        """Of the host's cores; None with an accelerator, which has none that compare."""
        if self.speed.throughput is None or not self.system.cores or self.system.accelerator:
            return None
        return self.speed.throughput / self.system.cores

    @property
    def gmacs_per_second(self) -> float | None:
        """The arithmetic that was done, in 1e9 multiply-accumulates per second."""
        macs, speed = self.workload.macs, self.speed
        if macs is None or speed.throughput is None or speed.throughput_unit != SAMPLES:
            return None
        return speed.throughput * macs / 1e9

    @property
    def latency_per_gmac_ns(self) -> float | None:
        """The scored latency of one sample, by the arithmetic in it."""
        macs, latency_ns = self.workload.macs, self.speed.latency_ns
        if not macs or latency_ns is None:
            return None
        return latency_ns / (self.conditions.samples_per_query or 1) / (macs / 1e9)


COLUMNS: Mapping[str, Callable[[Result], Any]] = {
    "source": lambda each: each.source,
    "where": lambda each: each.where,
    "system": lambda each: each.system.name,
    "model": lambda each: each.workload.model,
    "scenario": lambda each: each.conditions.scenario,
    "rules": lambda each: each.conditions.rules,
    "verdict": lambda each: each.verdict,
    "processor": lambda each: each.system.processor,
    "accelerator": lambda each: each.system.accelerator,
    "benchmark": lambda each: each.workload.benchmark,
    "data": lambda each: each.workload.data,
    "quality": lambda each: each.workload.quality,
    "accuracy": lambda each: each.workload.accuracy,
    "clock": lambda each: each.conditions.clock,
    "samples_per_query": lambda each: each.conditions.samples_per_query,
    "latency_ns": lambda each: each.speed.latency_ns,
    "latency_kind": lambda each: each.speed.latency_kind,
    "throughput": lambda each: each.speed.throughput,
    "throughput_unit": lambda each: each.speed.throughput_unit,
    "power_w": lambda each: each.power.power_w,
    "power_is_estimate": lambda each: each.power.is_estimate,
    "energy_per_sample_j": lambda each: each.power.energy_per_sample_j,
    "cores": lambda each: each.system.cores,
    "macs": lambda each: each.workload.macs,
    "inferred": lambda each: each.speed.inferred,
    "notes": lambda each: each.notes,
}
"""A result's columns in CSV. They are stable: new ones are added, none changes its meaning."""


def flat(each: Result) -> dict[str, Any]:
    """Return a result's values by the names of `COLUMNS`."""
    return {name: read(each) for name, read in COLUMNS.items()}
