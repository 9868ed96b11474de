"""The course of a figure over runs of the same settings, and where it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import NotComparable, RunDirectoryInvalid
from edgebench.results.comparison.compare_runs import (
    ENERGY,
    INSTRUCTIONS,
    figure_of,
    quantities,
    times_of,
)
from edgebench.results.comparison.differences import (
    METER,
    POOLED,
    SETTINGS,
    Absent,
    Read,
    differences,
    text_of,
)
from edgebench.results.comparison.energies import (
    RAILS,
    energy_change,
    known_energy,
    meter_kind,
    origin_of,
)
from edgebench.results.comparison.lines import RunGroup, groups_of
from edgebench.rundir.contents.times import Times
from edgebench.rundir.reader import Run
from edgebench.rundir.search import read_all_runs
from edgebench.statistics.change import ENOUGH_REPEATS, Change
from edgebench.statistics.change_points import best_split
from edgebench.text.brief import Brief

MOST_BY_CHANCE = 0.05
"""How often chance may make a change point of the best place among several runs."""
SAME = ("model", "variant", "part", "shape", "data", "clock", "official")
MACHINE = ("processor", "board", "cores", "device", "held frequency", "CPU quota", "usable CPUs")
"""What every run of a line has in common, besides the settings. Versions, the kernel, the governor
and the model's file may change along it: a change point names those that did."""


@dataclass(frozen=True, repr=False)
class HistoryPoint(Brief):
    """A run's figure: its directory, when it was started, and the value in the line's unit."""

    run: str
    started: str
    value: float


@dataclass(frozen=True, repr=False)
class ChangePoint(Brief):
    """A change of level.

    Attributes
    ----------
    run, started
        The first run after it.
    change
        From the runs between the change point before and this one to those up to the next:
        `compare_runs`' verdict.
    differs
        What else changed there, as ``name: before -> after``.
    notes
        What to know before believing a change of energy.
    """

    run: str
    started: str
    change: Change
    differs: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class HistoryLine(Brief):
    """A metric over time, of runs with the same settings.

    Attributes
    ----------
    settings
        What the runs have in common, by name; only what tells the lines of a model apart, and
        where its energy is not measured.
    metric, unit
        As `RunChange` has them.
    points
        In the order of time.
    changes
        The change points, in the order of time.
    """

    model: str
    variant: str
    scenario: str
    settings: Mapping[str, str]
    metric: str
    unit: str
    points: tuple[HistoryPoint, ...]
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True, repr=False)
class History(Brief):
    """Lines over time, and a sentence about each run that could not be read."""

    lines: tuple[HistoryLine, ...]
    errors: tuple[str, ...] = ()


def history_of(paths: Sequence[Path]) -> History:
    """Return the lines of all VALID runs at or below some paths.

    Raises
    ------
    RunDirectoryInvalid
        If there is no finished VALID run with a performance result.
    """
    found = read_all_runs(paths)
    valid = [
        run
        for run in found.runs
        if run.record.performance and run.record.performance.valid and not run.is_partial
    ]
    if not valid:
        more = "".join(f"; {error}" for error in found.errors)
        raise RunDirectoryInvalid(
            f"{', '.join(map(str, paths))}: no finished VALID run with a performance result{more}"
        )
    errors = list(found.errors)
    runs = []
    for run in sorted(valid, key=lambda each: each.record.started):
        try:
            _figures(run)
        except NotComparable as error:
            errors.append(str(error))
        else:
            runs.append(run)
    groups = groups_of(runs, _FACTS)
    lines: list[HistoryLine] = []
    for group in groups:
        timed, damaged = times_of(group.runs)
        errors += damaged
        lines += _lines(group, _apart(group, groups), timed)
    return History(tuple(lines), tuple(errors))


_FACTS: Mapping[str, Read] = {
    "scenario": lambda run: run.record.scenario,
    **{name: POOLED[name] for name in (*SAME, *MACHINE)},
    **SETTINGS,
}
_ENERGY_FACTS: Mapping[str, Read] = {
    "meter": meter_kind,
    RAILS: METER[RAILS],
    "energy": origin_of,
}
_IN_LABEL = ("model", "variant", "scenario")


def _apart(group: RunGroup, groups: Sequence[RunGroup]) -> dict[str, str]:
    """Return the facts of a group that tell it from the others of its model."""
    model = group.facts.get("model")
    like = [other for other in groups if other.facts.get("model") == model]
    return {
        name: text_of(value)
        for name, value in group.facts.items()
        if name not in _IN_LABEL
        and value is not None
        and value is not Absent.ABSENT
        and any(other.facts[name] not in (value, Absent.ABSENT) for other in like)
    }


def _lines(
    group: RunGroup, said: Mapping[str, str], timed: Mapping[Path, Times]
) -> Iterator[HistoryLine]:
    for metric in dict.fromkeys(name for run in group.runs for name in _figures(run)):
        own = [run for run in group.runs if metric in _figures(run)]
        # Energies of other meters, or of other rails, are of other things.
        parts = groups_of(own, _ENERGY_FACTS if metric == ENERGY else {})
        for part in parts:
            more = _apart(part, parts)
            if part.facts.get("energy", "measured") != "measured":
                more = {"meter": part.facts["meter"], "energy": part.facts["energy"]} | more
            yield _line(metric, part.runs, dict(said) | more, timed)


def _line(
    metric: str, runs: Sequence[Run], settings: Mapping[str, str], timed: Mapping[Path, Times]
) -> HistoryLine:
    record = runs[0].record
    figures = [_figures(run)[metric] for run in runs]
    return HistoryLine(
        model=record.model.name,
        variant=record.model.variant,
        scenario=record.scenario,
        settings=settings,
        metric=metric,
        unit=figures[0][0],
        points=tuple(
            HistoryPoint(str(run.path), run.record.started, value)
            for run, (_, value) in zip(runs, figures, strict=True)
        ),
        changes=tuple(_changes(metric, list(runs), timed)),
    )


def _figures(run: Run) -> dict[str, tuple[str, float]]:
    """Return a run's metrics: the unit and the figure of each."""
    count = run.record.instructions_per_inference
    if count:
        return {INSTRUCTIONS: ("", count)}
    name, figure = figure_of(run)
    found = {name: ("ns", figure)}
    energy = known_energy(run)
    if energy is not None and energy.per_inference_j:
        found[ENERGY] = ("J", energy.per_inference_j)
    return found


def _changes(metric: str, runs: list[Run], timed: Mapping[Path, Times]) -> Iterator[ChangePoint]:
    """Yield the change points of a metric, each between the parts on both sides of it."""
    places = [0, *_places(metric, runs, timed), len(runs)]
    for start, at, end in zip(places, places[1:], places[2:], strict=False):
        before, after = runs[start:at], runs[at:end]
        change = _called(metric, before, after, timed)
        if change is not None:
            apart = differences([before[-1], after[0]], POOLED)
            first = after[0]
            yield ChangePoint(
                str(first.path),
                first.record.started,
                change,
                tuple(f"{name}: {' -> '.join(values)}" for name, values in apart.items()),
                energy_change(before, after).notes if metric == ENERGY else (),
            )


def _places(metric: str, runs: list[Run], timed: Mapping[Path, Times]) -> list[int]:
    """Return where the parts after the first begin: a split, then the splits of both parts."""
    split = best_split([_figures(run)[metric][1] for run in runs], ENOUGH_REPEATS)
    if split is None or split.p_value > MOST_BY_CHANCE:
        return []
    before, after = runs[: split.at], runs[split.at :]
    if _called(metric, before, after, timed) is None:
        return []
    later = (split.at + place for place in _places(metric, after, timed))
    return [*_places(metric, before, timed), split.at, *later]


def _called(
    metric: str, before: list[Run], after: list[Run], timed: Mapping[Path, Times]
) -> Change | None:
    """Return the change that `compare_runs` calls one; None where it can't tell."""
    key = (before[0].record.model.name, before[0].record.scenario)
    for quantity, _, change in quantities(key, before, after, timed):
        if quantity == metric:
            return None if change.verdict == "can't tell" else change
    return None
