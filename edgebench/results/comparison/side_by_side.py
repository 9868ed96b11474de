"""Results of any kind in one table: own runs, bare logs, published ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.errors import NotComparable
from edgebench.results.comparison.comparable import caveats
from edgebench.results.comparison.texts import result_rows
from edgebench.results.sources.collect import collect
from edgebench.results.sources.from_published import Filter
from edgebench.results.sources.row import Result
from edgebench.text.brief import Brief
from edgebench.text.html_table import html_table


@dataclass(frozen=True, repr=False)
class Compared(Brief):
    """Results in the order of their scenario, own ones first, and what to know of them.

    ``errors`` has a sentence about each source that could not be read.
    """

    results: tuple[Result, ...]
    caveats: tuple[str, ...]
    errors: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows, and below it what to know of the rows."""
        return html_table(result_rows(self.results), (*self.caveats, *self.errors))


def compare_results(
    own: Sequence[Path], others: Sequence[Path], wanted: Filter, limit: int
) -> Compared:
    """Put results into one table.

    Parameters
    ----------
    own, others
        As `collect` takes them.
    wanted
        Which of the published ones; without scenarios, those of `own`.
    limit
        The best so many published ones of each scenario.

    Raises
    ------
    NotComparable
        If nothing is left of `others`.
    UsageError, LogInvalid, RunDirectoryInvalid
        As `collect`.
    """
    first = collect(own, wanted)
    if others and not wanted.scenarios:
        scenarios = dict.fromkeys(each.conditions.scenario for each in first.results)
        wanted = replace(wanted, scenarios=tuple(scenarios))
    second = collect(others, wanted)
    if others and not second.results:
        raise NotComparable(
            f"no published result of {', '.join(map(str, others))} is {_said(wanted)}"
        )
    shown, left_out = _best(second.results, limit)
    rows = sorted((*first.results, *shown), key=lambda each: each.conditions.scenario.lower())
    more = [f"{left_out} more published results match; raise `limit` to see them."]
    known = (*caveats(rows), *(more if left_out else []))
    return Compared(tuple(rows), known, (*first.errors, *second.errors))


def _best(results: Iterable[Result], limit: int) -> tuple[list[Result], int]:
    """Return the best of each scenario, and how many were left out."""
    # A round's table may list one measurement under several names of its platform.
    known = list({replace(each, where=""): each for each in results}.values())
    by_scenario: dict[str, list[Result]] = {}
    for each in known:
        by_scenario.setdefault(each.conditions.scenario, []).append(each)
    shown = [each for group in by_scenario.values() for each in sorted(group, key=_merit)[:limit]]
    return shown, len(known) - len(shown)


def _merit(each: Result) -> float:
    speed = each.speed
    return speed.latency_ns if speed.latency_ns is not None else -(speed.throughput or 0.0)


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
