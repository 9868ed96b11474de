"""The last comparison: a few settings in turn, as often as a verdict needs and time allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgebench.harness.progress import Progress
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import ENOUGH_REPEATS, Change, Repeat, change_between
from edgebench.text.brief import Brief
from edgebench.tuning.budget import Budget
from edgebench.tuning.objective import Objective
from edgebench.tuning.trial import MayRepeat, Trial

REPEATS = 5
LENGTHS_S = (0.5, 0.2)
"""How long each trial lasts: the first with which the repeats that a verdict needs fit."""
DEFAULT, FOUND = "default", "search"
LEFT_OUT_FIRST = ("vendor", "guideline")
"""Which settings are not compared, in this order, where there is no time for all."""

FINALIST_NAMES = {"vendor": "threads = cores"}
"""What people read in place of a name."""

Attempt = Callable[[RuntimeSettings, float, MayRepeat], Trial]


@dataclass(frozen=True, repr=False)
class Finalist(Brief):
    """Settings in the last comparison.

    ``names`` are all that these settings are: the search's find may be the guideline's.
    ``change`` is from the default to these, as a cost: below 1 is better; None of the default.
    """

    names: tuple[str, ...]
    settings: RuntimeSettings
    figures: tuple[float, ...]
    change: Change | None

    @property
    def figure(self) -> float:
        """The median."""
        return float(np.median(self.figures))

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the most of the repeats."""
        return min(self.figures), max(self.figures)


@dataclass(frozen=True)
class Compared:
    """The trials, the figures of each settings, and the names that there was no time for."""

    figures: dict[RuntimeSettings, list[float]]
    trials: list[Trial]
    left_out: tuple[str, ...] = ()


def compare(
    named: Mapping[str, RuntimeSettings], attempt: Attempt, budget: Budget, progress: Progress
) -> Compared:
    """Measure settings in turn, five times each, while there is time.

    The default and what the search found are measured once each however late it is.
    """
    kept, seconds = _affordable(named, budget)
    figures: dict[RuntimeSettings, list[float]] = {each: [] for each in kept.values()}
    needed, trials = ENOUGH_REPEATS * len(figures), list[Trial]()
    at_least = {named[DEFAULT], named[FOUND]}

    def may_repeat() -> bool:
        """Say whether a contended trial may be repeated: what is needed yet comes first."""
        yet = max(needed - len(trials), 1) + 1
        return yet * budget.expected_s(seconds) <= budget.left_s()

    for repeat in range(REPEATS):
        if repeat >= ENOUGH_REPEATS and not _round_fits(budget, seconds, len(figures)):
            break
        # In another order each time, so that none is always the first.
        for settings in list(figures) if repeat % 2 else list(reversed(figures)):
            if not budget.fits(seconds) and (repeat or settings not in at_least):
                continue
            trial = attempt(settings, seconds, may_repeat)
            trials.append(trial)
            progress.advance(len(trials) / (REPEATS * len(figures)))
            if trial.figure is not None:
                figures[settings].append(trial.figure)
    # Settings that have another name, too, are compared under that one.
    left_out = tuple(name for name, each in named.items() if each not in figures)
    return Compared(figures, trials, left_out)


def _round_fits(budget: Budget, seconds: float, settings: int) -> bool:
    return settings * budget.expected_s(seconds) <= budget.left_s()


def _affordable(
    named: Mapping[str, RuntimeSettings], budget: Budget
) -> tuple[Mapping[str, RuntimeSettings], float]:
    """Return the settings that there is time to decide on, and how long a trial of each lasts."""
    for left_out in range(len(LEFT_OUT_FIRST) + 1):
        kept = {name: each for name, each in named.items() if name not in LEFT_OUT_FIRST[:left_out]}
        for seconds in LENGTHS_S:
            if _round_fits(budget, seconds, ENOUGH_REPEATS * len(set(kept.values()))):
                return kept, seconds
    return kept, LENGTHS_S[-1]


def finalists_of(
    named: Mapping[str, RuntimeSettings],
    figures: Mapping[RuntimeSettings, Sequence[float]],
    goal: Objective,
) -> tuple[Finalist, ...]:
    """Return the settings that have figures, each with its change from the default."""
    default = named[DEFAULT]
    found = []
    for settings, values in figures.items():
        if not values:
            continue
        names = tuple(name for name, each in named.items() if each == settings)
        change = None
        if settings != default and figures[default]:
            one, other = (
                [Repeat(goal.cost(value), np.ones(0)) for value in each]
                for each in (figures[default], values)
            )
            change = change_between(one, other)
        found.append(Finalist(names, settings, tuple(values), change))
    return tuple(found)
