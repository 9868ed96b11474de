"""Which runs belong on one line over time: those whose facts agree, as far as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgebench.results.comparison.differences import Absent, Read, text_of
from edgebench.rundir.reader import Run


@dataclass(frozen=True)
class RunGroup:
    """Runs in the order of time, and the facts that they have in common."""

    runs: tuple[Run, ...]
    facts: Mapping[str, Any]


def groups_of(runs: Sequence[Run], what: Mapping[str, Read]) -> list[RunGroup]:
    """Group runs by facts.

    A run whose record is too old to have a fact is put to those that agree in all others, if they
    are one group; to none of several.
    """
    same: dict[tuple[str | Absent, ...], list[Run]] = {}
    for run in runs:
        values = (read(run) for read in what.values())
        key = tuple(each if each is Absent.ABSENT else text_of(each) for each in values)
        same.setdefault(key, []).append(run)
    merged: dict[tuple[str | Absent, ...], list[Run]] = {}
    # Those that know most come first: the others are put to them.
    for key in sorted(same, key=lambda each: each.count(Absent.ABSENT)):
        like = [other for other in merged if _agree(key, other)]
        if len(like) == 1:
            known = tuple(
                other if each is Absent.ABSENT else each
                for each, other in zip(key, like[0], strict=True)
            )
            merged[known] = [*merged.pop(like[0]), *same[key]]
        else:
            merged[key] = same[key]
    order = {id(run): place for place, run in enumerate(runs)}
    groups = [sorted(group, key=lambda run: order[id(run)]) for group in merged.values()]
    groups.sort(key=lambda group: order[id(group[0])])
    return [RunGroup(tuple(group), _common(group, what)) for group in groups]


def _agree(one: Sequence[str | Absent], other: Sequence[str | Absent]) -> bool:
    return all(Absent.ABSENT in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def _common(runs: Sequence[Run], what: Mapping[str, Read]) -> dict[str, Any]:
    """Return each fact by the first run that has it."""
    return {
        name: next((v for run in runs if (v := read(run)) is not Absent.ABSENT), Absent.ABSENT)
        for name, read in what.items()
    }
