"""Did it get faster? A change between repeats of two things, with an interval and a verdict.

Three repeats or more of each: a hierarchical bootstrap, runs first and then stretches of time
within them (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). Of
few runs a percentile interval is too narrow; its ends are moved out as Hesterberg does (The
American Statistician 69, 2015, section 5.3).

Fewer repeats say nothing of how far a run is from the next one. Then a stretch of the one is laid
against a stretch of the other: only a change that all but 5 % of such pairs agree on, and that is
more than `ALONE_SHARE` and than what the machine itself wandered, is called one.

A neighbour on the same core or a clock that steps down makes everything slower for a while, never
faster. So, besides the medians, the best stretches are compared: what the programs take while
nobody disturbs them (Chen and Revels, Robust benchmarking in noisy environments, arXiv 1608.04295,
argue for the minimum). The three best runs of each must agree on it within `ALONE_SHARE`: an edge
that hangs on one lucky run is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.statistics.gum import Part, drawn

Verdict = Literal["faster", "slower", "can't tell"]

CONFIDENCE = 0.95
ENOUGH_REPEATS = 3
ALONE_SHARE = 0.03
"""What two runs of the same program may differ by for no reason but where it lies in memory
(Mytkowicz and others, Producing wrong data without doing anything obviously wrong, 2009)."""
RESAMPLES = 4_000
MIDDLES = 200
"""How many middles of its own stretches a run is given to be drawn from."""
STRETCHES = 20
LEAST_IN_STRETCH = 5
LEAST_STRETCHES = 5

_T_975 = (
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
    2.120,
    2.110,
    2.101,
    2.093,
    2.086,
    2.080,
    2.074,
    2.069,
    2.064,
    2.060,
    2.056,
    2.052,
    2.048,
    2.045,
    2.042,
)
"""Student's t for 95 %, by degrees of freedom from 1 on."""


@dataclass(frozen=True)
class Repeat:
    """One run of something.

    Attributes
    ----------
    figure
        What it came to; less is better.
    stretches
        What stretches of time within it came to, by what the whole came to; empty if unknown.
    """

    figure: float
    stretches: NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """From ``before`` to ``after``, the medians of the repeats.

    ``ratio`` is after by before: above 1 is worse; ``low`` and ``high`` are its 95 % interval.
    ``why`` says what keeps the verdict from being more.
    """

    before: float
    after: float
    ratio: float
    low: float
    high: float
    verdict: Verdict
    why: str


def stretches_of(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut a run's values, in the order of time, into stretches and return each one's relative size.

    Parameters
    ----------
    values, weights
        A stretch is the median of its values divided by their weights; where weights differ
        (pieces of an Offline query), the sum of the values by the sum of the weights.

    Returns
    -------
    About 20 numbers, 1 for what the whole is; none where there are too few values.
    """
    count = min(STRETCHES, values.size // LEAST_IN_STRETCH)
    if count < LEAST_STRETCHES:
        return np.ones(0)
    same = bool(np.all(weights == weights[0]))
    pieces = zip(np.array_split(values, count), np.array_split(weights, count), strict=True)
    sizes = np.array([np.median(v / w) if same else v.sum() / w.sum() for v, w in pieces])
    whole = float(np.median(values / weights) if same else values.sum() / weights.sum())
    return sizes / whole if whole > 0 else np.ones(0)


def uncertain_repeat(figure: float, uncertainty_share: float) -> Repeat:
    """Return one run of a figure whose expanded uncertainty (k = 2) is known, as a share of it.

    In place of stretches of time it has values within 1.96 standard uncertainties.
    """
    spread = np.linspace(-1.96, 1.96, STRETCHES + 1) * uncertainty_share / 2
    return Repeat(figure, 1 + spread)


def counted_change(before: float, after: float) -> Change:
    """Return the change of a figure that is counted, not measured: certain, however small."""
    ratio = round(after) / max(round(before), 1)
    verdict: Verdict = "slower" if ratio > 1 else "faster" if ratio < 1 else "can't tell"
    why = "" if ratio != 1 else "the same number"
    return Change(before, after, ratio, ratio, ratio, verdict, why)


def change_between(
    before: Sequence[Repeat],
    after: Sequence[Repeat],
    wander: float = 0.0,
    common: Sequence[Part] = (),
) -> Change:
    """Compare repeats of two things.

    Parameters
    ----------
    wander
        By what share the machine's own speed differed between the runs (0.1: 10 %). Of one run
        each, a change must be more than twice as large.
    common
        Errors of the ratio that more repeats do not lessen, relative to it: two meters' own.

    Raises
    ------
    ValueError
        If there is none of one of them, or a figure is not above 0.
    """
    if not before or not after or any(run.figure <= 0 for run in (*before, *after)):
        raise ValueError("at least one figure above 0 is needed on each side")
    fewest = min(len(before), len(after))
    rng = np.random.default_rng(0)
    alone = fewest < ENOUGH_REPEATS
    draw = _one_stretch if alone else _median_of_runs
    ratios = draw(after, rng) / draw(before, rng) * (1 + drawn(common, RESAMPLES, rng))
    tail = (1 - CONFIDENCE) / 2 if alone else tail_of(fewest)
    low, high = (float(each) for each in np.quantile(ratios, (tail, 1 - tail)))
    first, second = (float(np.median([run.figure for run in side])) for side in (before, after))
    verdict, why = _verdict(second / first, low, high, alone)
    if alone:
        blind = any(run.stretches.size == 0 for run in (*before, *after))
        verdict, why = _of_one_run(verdict, why, abs(second / first - 1), wander, blind)
    return Change(first, second, second / first, low, high, verdict, why)


def _of_one_run(
    verdict: Verdict, why: str, size: float, wander: float, blind: bool
) -> tuple[Verdict, str]:
    """Return a verdict of too few repeats: none where the machine, or nobody, can explain it."""
    if blind:
        return "can't tell", "a run has too few queries to see how much it wanders"
    if verdict != "can't tell" and size <= 2 * wander:
        speed = f"the machine's own speed differed by {wander:.0%} between the runs"
        return "can't tell", f"{speed}{_ADVICE}"
    return verdict, why


_ADVICE = f"; repeat each at least {ENOUGH_REPEATS} times, in turn"


def undisturbed_change(before: Sequence[Repeat], after: Sequence[Repeat]) -> Change | None:
    """Compare the best stretches of repeats: what two programs take while nobody disturbs them.

    Returns
    -------
    None of fewer than `ENOUGH_REPEATS` repeats, or of runs too short to have stretches.
    """
    edges = [_edge(side) for side in (before, after)]
    if any(edge is None for edge in edges):
        return None
    (one, first, third), (best, second, last) = (edge for edge in edges if edge is not None)
    low, high, ratio = best / third, last / one, second / first
    verdict, why = _verdict(ratio, low, high, alone=False)
    if max(third / one, last / best) > 1 + ALONE_SHARE:
        verdict = "can't tell"
        why = f"fewer than {ENOUGH_REPEATS} runs of one had a quiet moment: repeat them more often"
    elif verdict != "can't tell" and abs(ratio - 1) <= ALONE_SHARE:
        verdict = "can't tell"
        why = f"a program's best may differ by {ALONE_SHARE:.0%} from one start to the next"
    return Change(first, second, ratio, low, high, verdict, why)


def _edge(runs: Sequence[Repeat]) -> tuple[float, float, float] | None:
    """Return the three runs' best stretches that are least; a run's second best, lest it be a slip.

    None where fewer runs have stretches.
    """
    best = sorted(
        run.figure * float(np.partition(run.stretches, 1)[1]) for run in runs if run.stretches.size
    )
    return (best[0], best[1], best[2]) if len(best) >= ENOUGH_REPEATS else None


def _verdict(ratio: float, low: float, high: float, alone: bool) -> tuple[Verdict, str]:
    advice = _ADVICE if alone else ""
    if low <= 1 <= high:
        return "can't tell", f"no change is inside the interval{advice}"
    if alone and abs(ratio - 1) <= ALONE_SHARE:
        return "can't tell", f"two runs of the same thing may differ by {ALONE_SHARE:.0%}{advice}"
    return ("slower" if ratio > 1 else "faster"), ""


def tail_of(repeats: int) -> float:
    """Return the share cut off at each end of the bootstrap: less of few repeats.

    Hesterberg's correction: Student's t has longer tails than the normal distribution.
    """
    t = _T_975[repeats - 2] if repeats - 2 < len(_T_975) else NormalDist().inv_cdf(0.975)
    return NormalDist().cdf(-sqrt(repeats / (repeats - 1)) * t)


def _one_stretch(side: Sequence[Repeat], rng: np.random.Generator) -> NDArray[np.float64]:
    pool = np.concatenate(
        [run.figure * (run.stretches if run.stretches.size else np.ones(1)) for run in side]
    )
    return rng.choice(pool, RESAMPLES)


def _median_of_runs(side: Sequence[Repeat], rng: np.random.Generator) -> NDArray[np.float64]:
    pools = np.empty((len(side), MIDDLES))
    for number, run in enumerate(side):
        shape = (MIDDLES, run.stretches.size)
        parts = rng.choice(run.stretches, shape) if run.stretches.size else np.ones((1, 1))
        # Of a run whose speed has steps, the middle stretch need not be the whole's.
        centre = np.median(run.stretches) if run.stretches.size else 1.0
        pools[number] = run.figure * np.median(parts, axis=1) / centre
    chosen = rng.integers(0, len(side), (RESAMPLES, len(side)))
    drawn = pools[chosen, rng.integers(0, MIDDLES, chosen.shape)]
    middles: NDArray[np.float64] = np.median(drawn, axis=1)
    return middles
