"""Results of any kind as texts by column, for tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgebench.results.comparison.comparable import classes
from edgebench.results.formatting import duration, joules, watts
from edgebench.results.sources.row import SAMPLES, Result


def result_rows(results: Sequence[Result]) -> list[dict[str, str]]:
    """Return each result's texts by column."""
    return [_row(letter, each) for letter, each in zip(classes(results), results, strict=True)]


def _row(letter: str, each: Result) -> dict[str, str]:
    system, power = each.system, each.power
    about = "~" if power.is_estimate else ""
    return {
        "": letter,
        "system": ", ".join(filter(None, (system.name, system.accelerator or system.processor))),
        "model": each.workload.model,
        "rules": each.conditions.rules + (" INVALID" if each.verdict == "INVALID" else ""),
        "scenario": each.conditions.scenario,
        **_speed(each),
        "W": _known(power.power_w, watts, about),
        "J/sample": _known(power.energy_per_sample_j, joules, about),
        "samples/s/W": _known(each.samples_per_joule, _number, about),
        "accuracy": each.workload.accuracy,
        "samples/s/core": _known(each.throughput_per_core, _number),
        "GMAC/s": _known(each.gmacs_per_second, _number),
        "latency/GMAC": _known(each.latency_per_gmac_ns, _rounded),
    }


def _speed(each: Result) -> dict[str, str]:
    speed = each.speed
    inferred = " (inferred)" if speed.inferred else ""
    of_eight = " of 8" if each.conditions.samples_per_query == 8 else ""
    unit = "" if speed.throughput_unit == SAMPLES else f" {speed.throughput_unit}"
    latency = _known(speed.latency_ns, _rounded)
    rate = _known(speed.throughput, _number)
    return {
        "latency": latency and f"{latency} {speed.latency_kind}{of_eight}{inferred}".strip(),
        "samples/s": rate and f"{rate}{unit}{'' if latency else inferred}",
    }


def _known(value: float | None, text: Callable[[float], str], about: str = "") -> str:
    return "" if value is None else about + text(value)


def _rounded(ns: float) -> str:
    return duration(round(ns))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
