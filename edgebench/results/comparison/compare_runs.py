"""Compare own runs with own runs: what changed, by how much, and whether that is certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from edgebench.errors import NotComparable, RunDirectoryInvalid
from edgebench.host.state import MOST_OTHERS_SHARE
from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.comparison.differences import (
    POOLED,
    differences,
)
from edgebench.results.comparison.energies import energy_change
from edgebench.rundir.contents.times import Times, read_times
from edgebench.rundir.layout import PERFORMANCE
from edgebench.rundir.reader import Run
from edgebench.rundir.search import read_all_runs
from edgebench.statistics.change import (
    Change,
    Repeat,
    change_between,
    counted_change,
    stretches_of,
    undisturbed_change,
)
from edgebench.text.brief import Brief

Key = tuple[str, str]
"""A model's name and a scenario: what is compared with its like."""

LATENCY, THROUGHPUT = "median latency", "time per sample"
ENERGY, INSTRUCTIONS = "energy per inference", "instructions per inference"
UNDISTURBED = "undisturbed "
"""Begins the name of a quantity that is compared by the best stretches of the runs."""


@dataclass(frozen=True, repr=False)
class RunChange(Brief):
    """One quantity of one model in one scenario, before and after.

    Attributes
    ----------
    quantity, unit
        ``median latency`` (of a query) or ``time per sample`` in ns, each also ``undisturbed``;
        ``energy per inference`` in J.
    runs_before, runs_after
        How many repeats there are.
    differs
        What sets the two apart, as ``name: before -> after``.
    notes
        What to know before believing it.
    """

    model: str
    scenario: str
    quantity: str
    unit: str
    change: Change
    runs_before: int
    runs_after: int
    differs: tuple[str, ...]
    notes: tuple[str, ...]


def compare_runs(before: Path, after: Path) -> list[RunChange]:
    """Compare two run directories, or two folders with repeats of the same.

    Parameters
    ----------
    before, after
        A run directory each, or a folder of them. All runs of one model and scenario in a folder
        are repeats of one another.

    Raises
    ------
    NotComparable
        If repeats differ in machine, governor, versions or settings (the message says in what),
        or the two have no model and scenario in common.
    RunDirectoryInvalid
        If there are no runs.
    """
    (first, unread), (second, also_unread) = _groups(before), _groups(after)
    left_out = tuple(f"left out: {error}" for error in (*unread, *also_unread))
    common = [key for key in first if key in second]
    if not common:
        raise NotComparable(
            f"{before} has {_named(first)}, {after} has {_named(second)}: no model and scenario in "
            "common. `edgebench compare RUN RUN RUN` shows unlike runs in one table"
        )
    found = []
    for key in common:
        sides = (_pooled(first[key], before), _pooled(second[key], after))
        found += _changes(key, *sides, left_out)
    return found


def slower_than(changes: Iterable[RunChange], share: float) -> list[RunChange]:
    """Return what is certainly slower, and by more than a share (0.05: 5 %)."""
    return [
        each
        for each in changes
        if each.change.verdict == "slower" and each.change.ratio > 1 + share
    ]


def _groups(path: Path) -> tuple[dict[Key, list[Run]], tuple[str, ...]]:
    """Return the repeats below a path, and a sentence about each that could not be read."""
    found = read_all_runs([path])
    groups: dict[Key, list[Run]] = {}
    for run in found.runs:
        if run.record.performance is not None and not run.is_partial:
            groups.setdefault((run.record.model.name, run.record.scenario), []).append(run)
    if not groups:
        more = "".join(f"; {error}" for error in found.errors)
        raise RunDirectoryInvalid(
            f"{path}: no finished run with a performance result is in it{more}"
        )
    return groups, found.errors


def _named(groups: dict[Key, list[Run]]) -> str:
    return ", ".join(f"{model} {scenario}" for model, scenario in groups)


def _pooled(runs: list[Run], where: Path) -> list[Run]:
    """Return the VALID ones of a group of repeats.

    Raises
    ------
    NotComparable
        If they are no repeats of one thing, or none is VALID.
    """
    apart = differences(runs, POOLED)
    if apart:
        said = "; ".join(f"{name}: {' / '.join(values)}" for name, values in apart.items())
        raise NotComparable(
            f"{where}: its {len(runs)} runs of {runs[0].record.model.name} "
            f"{runs[0].record.scenario} are not repeats of one thing and can't be pooled: {said}. "
            "Put them into folders of their own"
        )
    valid = [run for run in runs if run.record.performance and run.record.performance.valid]
    if not valid:
        performance = runs[0].record.performance
        reasons = performance.reasons if performance else ()
        raise NotComparable(f"{where}: INVALID: {'; '.join(reasons)}")
    return valid


def _changes(
    key: Key, before: list[Run], after: list[Run], left_out: tuple[str, ...]
) -> list[RunChange]:
    differs = differences([before[0], after[0]], POOLED)
    apart = tuple(f"{name}: {' -> '.join(values)}" for name, values in differs.items())
    timed, damaged = times_of([*before, *after])
    notes = (*_notes(before, after), *left_out, *damaged)
    return [
        RunChange(*key, quantity, unit, change, len(before), len(after), apart, notes)
        for quantity, unit, change in quantities(key, before, after, timed)
    ]


def missing_after(before: Path, after: Path) -> list[Key]:
    """Return the models and scenarios that have results before and none after.

    Raises
    ------
    RunDirectoryInvalid
        If there are no runs.
    """
    (first, _), (second, _) = _groups(before), _groups(after)
    return [key for key in first if key not in second]


def times_of(runs: Sequence[Run]) -> tuple[dict[Path, Times], tuple[str, ...]]:
    """Return each run's own times, by its path, and a sentence about those that are damaged."""
    found: dict[Path, Times] = {}
    damaged: list[str] = []
    for run in runs:
        try:
            times = read_times(run.path / PERFORMANCE)
        except RunDirectoryInvalid as error:
            damaged.append(f"without the course of a run: {error}")
            continue
        if times is not None:
            found[run.path] = times
    return found, tuple(damaged)


def quantities(
    key: Key, before: list[Run], after: list[Run], timed: Mapping[Path, Times]
) -> Iterator[tuple[str, str, Change]]:
    """Yield what can be compared: its name, its unit, and the change."""
    counts, later = (
        [run.record.instructions_per_inference for run in side] for side in (before, after)
    )
    if all((*counts, *later)):
        # An emulator's clock counts instructions, the same ones each time: no time, no chance.
        yield INSTRUCTIONS, "", counted_change(*(median(filter(None, c)) for c in (counts, later)))
        return
    quantity = figure_of(before[0])[0]
    one, other = ([_speed(run, timed.get(run.path)) for run in side] for side in (before, after))
    yield quantity, "ns", change_between(one, other, _wander((*before, *after)))
    best = undisturbed_change(one, other)
    if best is not None:
        yield f"{UNDISTURBED}{quantity}", "ns", best
    energy = energy_change(before, after).change
    if energy is not None:
        yield ENERGY, "J", energy


def _wander(runs: Sequence[Run]) -> float:
    """Return by what share the machine's own speed differed, by the probes of all runs."""
    if any(run.record.device is not None for run in runs):
        return 0.0  # timed by another clock
    states = [state for run in runs if run.system for state in run.system.states]
    probes = [state.probe_ns for state in states if state.probe_ns]
    return max(probes) / min(probes) - 1 if probes else 0.0


def figure_of(run: Run) -> tuple[str, float]:
    """Return the name of a run's speed, and its figure in ns; it must have been measured.

    Raises
    ------
    NotComparable
        If it is not above 0.
    """
    performance = run.record.performance
    assert performance is not None  # noqa: S101 (only runs that have one are grouped)
    offline = _is_offline(run)
    timed, series = performance.device_timed, performance.series
    # Of a series the median of this very figure: its times are of all tests, too.
    if offline:
        rate = timed.samples_per_second if timed else performance.samples_per_second
        rate = median(test.samples_per_second for test in series) if series else rate
        figure = 1e9 / rate if rate else 0.0
    else:
        latency = timed.latency_ns if timed and timed.latency_ns else performance.latency_ns
        figure = float(median(test.p50_ns for test in series) if series else latency["p50"])
    if figure <= 0:
        raise NotComparable(f"{run.path}: its {THROUGHPUT if offline else LATENCY} is {figure:g}")
    return THROUGHPUT if offline else LATENCY, figure


def _is_offline(run: Run) -> bool:
    return scenario_called(run.record.scenario).samples_per_query == 0


def _speed(run: Run, times: Times | None) -> Repeat:
    stretches = np.ones(0) if times is None else _stretches(times, _is_offline(run))
    return Repeat(figure_of(run)[1], stretches)


def _stretches(times: Times, offline: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    order = np.argsort(times.ended_ns, kind="stable")
    values = times.invoke_ns[order].astype(float)
    weights = times.samples[order].astype(float) if offline else np.ones(values.size)
    return stretches_of(values, weights)


def _notes(before: Sequence[Run], after: Sequence[Run]) -> tuple[str, ...]:
    notes: list[str] = []
    if any(run.record.quick for run in (*before, *after)):
        notes.append("quick runs: not submissions")
    notes += energy_change(before, after).notes
    busy = [
        run
        for run in (*before, *after)
        if run.record.performance
        and (run.record.performance.others_cpu_share or 0.0) > MOST_OTHERS_SHARE
    ]
    if busy:
        notes.append(
            f"other programs ran during {len(busy)} of the runs: measure on an idle machine"
        )
    for run in (*before, *after):
        caveats = run.system.limit_caveats if run.system else ()
        notes += [f"{run.path.name}: {text}" for text in caveats]
    if min(len(before), len(after)) > 1 and _one_after_the_other(before, after):
        notes.append(
            "all of one were run before all of the other: a machine that drifts looks like a "
            "change; run them in turn"
        )
    return tuple(notes)


def _one_after_the_other(before: Sequence[Run], after: Sequence[Run]) -> bool:
    ours, theirs = ([run.record.started for run in side] for side in (before, after))
    return max(ours) < min(theirs) or max(theirs) < min(ours)
