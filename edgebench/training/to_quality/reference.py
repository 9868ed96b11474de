"""Reference convergence points: how soon honest runs of a model come to its target.

As MLPerf Training's (training rules, "RCPs"; the package's own rcp_checker compares means of
epochs by a t-test): training of a reference is repeated with many seeds at several batch sizes, and
who needs markedly less is asked why. Epochs are few and coarse here, so a run is looked at where it
comes to several qualities on its way, not only to the last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import log
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from edgebench.card_file import read_card
from edgebench.registry import card_files
from edgebench.statistics.sooner import Sooner, sooner_than
from edgebench.text.toml_lines import Keys

FILE = "convergence.toml"
FEWEST_RUNS = 10
LEVELS = (0.25, 0.5, 0.75, 1.0)
"""Qualities that are looked at: so far from the references' first evaluation to the target."""


@dataclass(frozen=True)
class ConvergencePoint:
    """Honest runs at a batch size: each one's seed, and its evaluations."""

    batch: int
    seeds: tuple[int, ...]
    qualities: tuple[tuple[float, ...], ...]

    def without(self, seeds: Collection[int]) -> ConvergencePoint:
        """Return the runs of other seeds."""
        kept = [place for place, seed in enumerate(self.seeds) if seed not in seeds]
        return replace(
            self,
            seeds=tuple(self.seeds[place] for place in kept),
            qualities=tuple(self.qualities[place] for place in kept),
        )


@dataclass(frozen=True)
class Convergence:
    """A model's file of references, ``convergence.toml`` next to its card.

    Attributes
    ----------
    target
        That they were trained to: of another they say nothing.
    made_by
        The command.
    points
        By batch size, the smallest first.
    """

    path: Path
    target: float
    made_by: str
    points: tuple[ConvergencePoint, ...]

    def faults(self) -> Iterator[tuple[Keys, str]]:
        """Yield what is no reference."""
        batches = [point.batch for point in self.points]
        if not batches or sorted(set(batches)) != batches:
            yield ("points",), "must be there, the smallest batch first, each once"
        for number, point in enumerate(self.points):
            if len(point.qualities) < FEWEST_RUNS:
                yield ("points", number, "qualities"), f"must have {FEWEST_RUNS} runs at least"
            if len(point.seeds) != len(point.qualities):
                yield ("points", number, "seeds"), "must have a seed for each run"
            if len(set(point.seeds)) != len(point.seeds):
                yield ("points", number, "seeds"), "must have each seed once"
            if any(max(each, default=0.0) < self.target for each in point.qualities):
                yield ("points", number, "qualities"), "must all reach the target"

    def without(self, seeds: Collection[int]) -> Convergence:
        """Return the references of other seeds."""
        return replace(self, points=tuple(point.without(seeds) for point in self.points))

    @property
    def levels(self) -> tuple[float, ...]:
        """The qualities that runs are compared at."""
        first = min(each[0] for point in self.points for each in point.qualities)
        return tuple(first + share * (self.target - first) for share in LEVELS)


@dataclass(frozen=True)
class ConvergenceVerdict:
    """Whether runs converge sooner than the references allow.

    ``batches`` has the reference's batch size, or the two that it lies between. ``found`` is None
    where nothing can be compared; then ``reason`` says why.
    """

    json_properties: ClassVar[tuple[str, ...]] = ("flagged",)

    batches: tuple[int, ...] = ()
    found: Sooner | None = None
    reason: str = ""

    @property
    def flagged(self) -> bool:
        """Whether they do."""
        return self.found is not None and self.found.is_sooner


NOT_CHECKED = ConvergenceVerdict(reason="not looked at")


def convergence_of(model: str) -> Convergence | None:
    """Return a model's references; None if it has none.

    Raises
    ------
    CardInvalid
        If the file is damaged.
    """
    path = card_files("models")[model].with_name(FILE)
    if not path.is_file():
        return None
    return read_card(path, Convergence, {"path": path}, Convergence.faults)


def check_convergence(
    references: Convergence | None,
    batch: int,
    target: float,
    runs: Sequence[Sequence[float]],
    seeds: Collection[int] = (),
) -> ConvergenceVerdict:
    """Compare runs that reached the target with the references of their batch size.

    Between two batch sizes the references are interpolated, as MLPerf does it.

    Parameters
    ----------
    runs
        Each one's qualities, evaluation by evaluation.
    seeds
        The session's own: references of these seeds are the same runs, and are left out.
    """
    if references is None:
        return ConvergenceVerdict(reason="no reference convergence points of this model")
    if target != references.target:
        why = f"the references were trained to {references.target:g}, these to {target:g}"
        return ConvergenceVerdict(reason=why)
    others = references.without(seeds)
    below = [point for point in others.points if point.batch <= batch][-1:]
    above = [point for point in others.points if point.batch >= batch][:1]
    if not runs:
        return ConvergenceVerdict(reason="no run reached the target")
    if not below or not above:
        known = ", ".join(str(point.batch) for point in others.points)
        return ConvergenceVerdict(
            reason=f"no reference for a batch of {batch:,}; there are {known}"
        )
    low, high = below[0], above[0]
    left = min(len(low.qualities), len(high.qualities))
    if left < FEWEST_RUNS:
        why = f"only {left} references have other seeds than these runs, {FEWEST_RUNS} are needed"
        return ConvergenceVerdict(reason=f"{why}: train with other seeds")
    levels = others.levels
    share = 0.0 if low is high else log(batch / low.batch) / log(high.batch / low.batch)
    paces = [_paces(point.qualities, levels) for point in (low, high)]
    found = sooner_than(_paces(runs, levels), paces[0], paces[1], share)
    batches = (low.batch,) if low is high else (low.batch, high.batch)
    return ConvergenceVerdict(batches, found)


def _paces(runs: Sequence[Sequence[float]], levels: Sequence[float]) -> NDArray[np.float64]:
    """Return each run's mean logarithm of the evaluations that it needs for the levels."""
    return np.array([np.mean([log(_evaluations(run, each)) for each in levels]) for run in runs])


def _evaluations(qualities: Sequence[float], level: float) -> float:
    """Return after how many evaluations a quality is reached first, by lines between them.

    Before the first, the line comes from 0. A level that is not reached takes one more than all.
    """
    before = 0.0
    for number, quality in enumerate(qualities):
        if quality >= level:
            return number + (level - before) / (quality - before)
        before = quality
    return len(qualities) + 1.0
