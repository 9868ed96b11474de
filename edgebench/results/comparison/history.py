"""The course of a figure over runs of the same settings, and where it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import RunDirectoryInvalid
from edgebench.results.comparison.compare_runs import (
    ENERGY,
    INSTRUCTIONS,
    figure_of,
    quantities,
    times_of,
)
from edgebench.results.comparison.differences import POOLED, SETTINGS, Absent, differences, text_of
from edgebench.results.comparison.energies import known_energy
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
    """

    run: str
    started: str
    change: Change
    differs: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class HistoryLine(Brief):
    """A metric over time, of runs with the same settings.

    Attributes
    ----------
    settings
        What the runs have in common, by name; only what tells the lines of one history apart.
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
    groups: dict[tuple[str, ...], list[Run]] = {}
    for run in sorted(valid, key=lambda each: each.record.started):
        groups.setdefault(_key(run), []).append(run)
    # Of settings that are the same in all lines nothing is said.
    names = differences([runs[0] for runs in groups.values()], _FACTS)
    lines: list[HistoryLine] = []
    errors = list(found.errors)
    for runs in groups.values():
        timed, damaged = times_of(runs)
        errors += damaged
        lines += _lines(runs, timed, tuple(names))
    return History(tuple(lines), tuple(errors))


_FACTS = {name: POOLED[name] for name in (*SAME, *MACHINE)} | SETTINGS


def _key(run: Run) -> tuple[str, ...]:
    return (run.record.scenario, *(text_of(read(run)) for read in _FACTS.values()))


def _lines(
    runs: Sequence[Run], timed: Mapping[Path, Times], names: Sequence[str]
) -> Iterator[HistoryLine]:
    record = runs[0].record
    values = {name: _FACTS[name](runs[0]) for name in names if name not in ("model", "variant")}
    said = {name: text_of(value) for name, value in values.items() if value is not Absent.ABSENT}
    metrics = dict.fromkeys(name for run in runs for name in _figures(run))
    for metric in metrics:
        own = [run for run in runs if metric in _figures(run)]
        figures = [_figures(run)[metric] for run in own]
        yield HistoryLine(
            model=record.model.name,
            variant=record.model.variant,
            scenario=record.scenario,
            settings=said,
            metric=metric,
            unit=figures[0][0],
            points=tuple(
                HistoryPoint(str(run.path), run.record.started, value)
                for run, (_, value) in zip(own, figures, strict=True)
            ),
            changes=tuple(_changes(metric, own, timed)),
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
            )


def _places(metric: str, runs: list[Run], timed: Mapping[Path, Times]) -> list[int]:
    """Return where the parts after the first begin: a split, then the splits of both parts."""
    split = best_split([_figures(run)[metric][1] for run in runs])
    if split is None:
        return []
    before, after = runs[: split.at], runs[split.at :]
    # Of fewer repeats the comparison asks for more of its own accord.
    is_enough = min(len(before), len(after)) >= ENOUGH_REPEATS
    if is_enough and split.p_value > MOST_BY_CHANCE:
        return []
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
