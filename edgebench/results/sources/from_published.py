"""Published results as rows next to one's own, and which of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edgebench.mlperf.benchmarks import LATENCY_KINDS, benchmark_called
from edgebench.mlperf.published import TINY_UNIT, PublishedResult
from edgebench.results.sources.row import (
    SAMPLES,
    Conditions,
    PowerDraw,
    Result,
    ResultSystem,
    Speed,
    Workload,
)

SAMPLES_PER_QUERY = {
    "singlestream": 1,
    "multistream": 8,
    "server": 1,
    "interactive": 1,
    "streaming": 1,
}
_WATTS = {"watts": 1.0, "mw": 1e-3}
_JOULES_A_QUERY = {"millijoules": 1e-3, "uj/inf.": 1e-6}
_OF_SAMPLES = ("", SAMPLES, "queries/s", TINY_UNIT)
"""Units that count samples: a query of Server is one."""


@dataclass(frozen=True)
class Filter:
    """Which published results are wanted; empty takes all, texts match parts in any case.

    Attributes
    ----------
    round, category, suite
        Such as ``v5.1``; ``closed`` or ``open``; ``edge`` or ``datacenter``.
    scenarios
        In any case.
    system
        Part of the system's, the platform's, the processor's, the accelerator's or the
        submitter's name.
    model
        Part of the benchmark's or the model's name.
    power
        Only those with power.
    """

    round: str = ""
    category: str = ""
    suite: str = ""
    scenarios: tuple[str, ...] = ()
    system: str = ""
    model: str = ""
    power: bool = False

    def takes(self, each: PublishedResult) -> bool:
        """Return whether a result is wanted."""
        named = (each.system, each.platform, each.processor, each.accelerator, each.submitter)
        scenarios = {scenario.lower() for scenario in self.scenarios}
        return (
            (not self.round or each.round.lstrip("v") == self.round.lstrip("v"))
            and (not self.category or each.division == self.category)
            and (not self.suite or self.suite in each.suite)
            and (not scenarios or each.scenario.lower() in scenarios)
            and _within(self.system, named)
            and _within(self.model, (each.model, each.mlperf_model))
            and (not self.power or each.power is not None)
        )


def _within(text: str, values: Iterable[str]) -> bool:
    return not text or any(text.lower() in value.lower() for value in values)


def published_result(each: PublishedResult) -> Result:
    """Return a published result in the units of all others."""
    scenario = each.scenario.lower()
    benchmark = benchmark_called(each.mlperf_model)
    is_latency = each.unit.lower().startswith("latency")
    throughput = None if is_latency else each.result
    is_samples = each.unit.lower() in _OF_SAMPLES and not benchmark.counts_tokens
    counts_samples = is_latency or is_samples
    latency_ns = each.result * 1e6 if is_latency else None
    scale = _WATTS.get(each.power_unit.lower())
    watts = each.power * scale if each.power is not None and scale is not None else None
    energy_j = _energy_j(each, scenario, throughput)
    return Result(
        source="published",
        where=each.location,
        system=ResultSystem(
            name=each.system or each.platform,
            processor=each.processor,
            accelerator=f"{each.accelerators or ''} x {each.accelerator}"
            if each.accelerator
            else "",
            cores=each.cores,
        ),
        workload=Workload(
            model=each.model,
            benchmark=each.mlperf_model,
            data=benchmark.data,
            quality=benchmark.metric,
            accuracy=each.accuracy,
            # Open, another model than the benchmark's own may have run.
            macs=benchmark.macs if each.division == "closed" else None,
        ),
        conditions=Conditions(
            scenario=each.scenario,
            rules=f"{each.division} {each.round}".strip(),
            clock="the device's own" if each.unit == TINY_UNIT else "host (LoadGen)",
            samples_per_query=SAMPLES_PER_QUERY.get(scenario),
        ),
        speed=Speed(
            latency_ns=latency_ns,
            latency_kind=LATENCY_KINDS.get(scenario, "") if is_latency else "",
            throughput=throughput,
            throughput_unit=SAMPLES if counts_samples else "tokens/s",
            inferred=each.inferred,
        ),
        power=PowerDraw(power_w=watts, energy_per_sample_j=energy_j if counts_samples else None),
        verdict="published",
    )


def _energy_j(each: PublishedResult, scenario: str, throughput: float | None) -> float | None:
    """Return joules per sample: watts by the rate, or the joules of a query by its samples."""
    unit = each.power_unit.lower()
    if each.power is None or scenario == "streaming":
        return None
    if unit in _WATTS:
        return each.power * _WATTS[unit] / throughput if throughput else None
    return each.power * _JOULES_A_QUERY.get(unit, 1e-3) / (SAMPLES_PER_QUERY.get(scenario) or 1)
