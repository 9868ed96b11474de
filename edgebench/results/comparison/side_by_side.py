"""Results of any kind in one table: own runs, bare logs, published ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.errors import NotComparable
from edgebench.results.comparison.comparable import caveats
from edgebench.results.sources.collect import gather
from edgebench.results.sources.from_published import Filter
from edgebench.results.sources.row import Result


@dataclass(frozen=True)
class Compared:
    """Results in the order of their scenario, own ones first, and what to know of them."""

    results: tuple[Result, ...]
    caveats: tuple[str, ...]


def compare_results(
    own: Sequence[Path], others: Sequence[Path], wanted: Filter, limit: int
) -> Compared:
    """Lay results beside each other.

    Parameters
    ----------
    own, others
        As `gather` takes them.
    wanted
        Which of the published ones; without scenarios, those of `own`.
    limit
        The best so many published ones of each scenario.

    Raises
    ------
    NotComparable
        If nothing is left of `others`.
    UsageError, LogInvalid, RunDirectoryInvalid
        As `gather`.
    """
    first = gather(own, wanted)
    if others and not wanted.scenarios:
        wanted = replace(wanted, scenarios=tuple(dict.fromkeys(each.scenario for each in first)))
    second = gather(others, wanted)
    if others and not second:
        raise NotComparable(
            f"no published result of {', '.join(map(str, others))} is {_said(wanted)}"
        )
    shown, left_out = _best(second, limit)
    rows = sorted((*first, *shown), key=lambda each: each.scenario.lower())
    more = [f"{left_out} more published results match; --limit shows more of them."]
    return Compared(tuple(rows), (*caveats(rows), *(more if left_out else [])))


def _best(results: Iterable[Result], limit: int) -> tuple[list[Result], int]:
    """Return the best of each scenario, and how many were left out."""
    # A round's table may list one measurement under several names of its platform.
    known = list({replace(each, where=""): each for each in results}.values())
    by_scenario: dict[str, list[Result]] = {}
    for each in known:
        by_scenario.setdefault(each.scenario, []).append(each)
    shown = [each for group in by_scenario.values() for each in sorted(group, key=_merit)[:limit]]
    return shown, len(known) - len(shown)


def _merit(each: Result) -> float:
    return each.latency_ns if each.latency_ns is not None else -(each.throughput or 0.0)


def _said(wanted: Filter) -> str:
    parts = {
        "round": wanted.round,
        "category": wanted.category,
        "suite": wanted.suite,
        "scenario": " or ".join(wanted.scenarios),
        "system": wanted.system,
        "model": wanted.model,
        "power": "measured" if wanted.power else "",
    }
    return ", ".join(f"{name} {value!r}" for name, value in parts.items() if value)
