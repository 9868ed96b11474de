"""Decide whether results are comparable, and say what keeps them from it.

The same log format is not the same benchmark. Two results can be laid side by side as better and
worse if the same model, on the same data, to the same quality, was driven in the same scenario by
the same rules, and timed by a clock of the same kind. Results that agree in all of that are of one
class and carry its letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from string import ascii_uppercase

from edgebench.results.sources.row import Result

DECISIVE: dict[str, Callable[[Result], str]] = {
    "model": lambda each: each.workload.benchmark or each.workload.model,
    "data": lambda each: each.workload.data,
    "quality metric": lambda each: each.workload.quality,
    "scenario": lambda each: each.conditions.scenario,
    "samples per query": lambda each: str(each.conditions.samples_per_query or "the whole test"),
    "rules": lambda each: each.conditions.rules,
    "clock": lambda each: each.conditions.clock,
}


def classes(results: Sequence[Result]) -> list[str]:
    """Return each result's class: A, B, ... AA, in the order in which they are met."""
    known: dict[tuple[str, ...], str] = {}
    for each in results:
        key = tuple(read(each) for read in DECISIVE.values())
        known.setdefault(key, _letter(len(known)))
    return [known[tuple(read(each) for read in DECISIVE.values())] for each in results]


def _letter(number: int) -> str:
    text = ""
    while number >= 0:
        text = ascii_uppercase[number % 26] + text
        number = number // 26 - 1
    return text


def caveats(results: Sequence[Result]) -> list[str]:
    """Return what to know before results are compared, what matters most first."""
    lines = [line for kind in _KINDS for line in kind(results)]
    return list(dict.fromkeys(lines))


def _decisive(results: Sequence[Result]) -> Iterator[str]:
    """Say what differs and what is the same in all."""
    same: list[str] = []
    apart: list[str] = []
    for name, read in DECISIVE.items():
        values = list(dict.fromkeys(read(each) or "unknown" for each in results))
        (same if len(values) == 1 else apart).append(f"{name} ({_some(values)})")
    if apart:
        yield (
            "The same log format is not the same benchmark: only rows with the same letter can be "
            f"called better or worse. They differ in: {'; '.join(apart)}."
        )
    if same:
        yield f"The same in all: {'; '.join(same)}."


def _inferred(results: Sequence[Result]) -> Iterator[str]:
    if any(each.speed.inferred for each in results):
        yield "(inferred) was computed from another scenario, as MLPerf's rules allow."


def _power(results: Sequence[Result]) -> Iterator[str]:
    if any(each.power.is_estimate for each in results):
        yield "~ is estimated energy: the meter does not see all that the machine takes."
    if len({each.source for each in results if each.power.power_w is not None}) > 1:
        yield (
            "Watts are of what each meter saw: a published result has the whole system at the wall."
        )


def _notes(results: Sequence[Result]) -> Iterator[str]:
    for each in results:
        for note in each.notes:
            yield f"{each.workload.model} {each.conditions.scenario}: {note}"


_KINDS = (_decisive, _inferred, _power, _notes)


def _some(values: Sequence[str], most: int = 4) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more
