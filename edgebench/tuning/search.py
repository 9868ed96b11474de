"""Successive halving: many settings for a moment, the better half for twice as long, and so on.

Bandits with a pure exploration budget (Karnin and others, ICML 2013; Jamieson and Talwalkar,
AISTATS 2016). The space is small and a trial's worth is known within half a second, so nothing
that models the space (a Gaussian process, a tree of Parzen estimators) would repay its dozens of
first trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from edgebench.runtime_settings import RuntimeSettings
from edgebench.tuning.objective import Objective
from edgebench.tuning.trial import Trial

FIRST_S = 0.2
KEPT = 2
"""One in so many goes on."""
HOPELESS = 2.0
"""What is worse than the best by this factor is not given a second trial."""

Try = Callable[[RuntimeSettings, float], Trial]


def search(
    settings: Sequence[RuntimeSettings],
    objective: Objective,
    attempt: Try,
    fits: Callable[[float], bool],
) -> list[Trial]:
    """Search the best settings.

    Parameters
    ----------
    settings
        The likeliest first: they are tried while there is time.
    attempt
        Measures settings for so many seconds.
    fits
        Whether there is time for a trial of so many seconds; one is made in any case.

    Returns
    -------
    All trials, in the order in which they were made.
    """
    trials: list[Trial] = []
    left, seconds = list(dict.fromkeys(settings)), FIRST_S
    while left:
        done: list[Trial] = []
        for each in left:
            if (trials or done) and not fits(seconds):
                break
            done.append(attempt(each, seconds))
        if not done:
            break
        trials += done
        ranked = sorted(done, key=lambda trial: cost(trial, objective))
        worst = HOPELESS * cost(ranked[0], objective)
        kept = [trial for trial in ranked if cost(trial, objective) < min(worst, inf)]
        if len(kept) <= 1:
            break
        left = [trial.settings for trial in kept[: -(-len(kept) // KEPT)]]
        seconds *= KEPT
        if len(left) == 1:
            break
    return trials


def best_of(trials: Sequence[Trial], objective: Objective) -> RuntimeSettings | None:
    """Return the best of those that were tried for longest; None where nothing ran."""
    known = [trial for trial in trials if trial.figure is not None]
    if not known:
        return None
    longest = max(trial.seconds for trial in known)
    last = [trial for trial in known if trial.seconds == longest]
    return min(last, key=lambda trial: cost(trial, objective)).settings


def cost(trial: Trial, objective: Objective) -> float:
    """Return what is made least; endless where there is no figure."""
    return inf if trial.figure is None else objective.cost(trial.figure)
