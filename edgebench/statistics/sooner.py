"""Whether some runs come to an end sooner than references do, by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

FALSE_ALARMS = 0.005
"""Of honest runs; half of what is promised, for no sample is quite normal."""
LEAST_SPREAD = 0.01
"""Of logarithms: references that all are alike say nothing of a spread."""


@dataclass(frozen=True)
class Sooner:
    """A comparison of means of logarithms.

    ``ratio`` is of the geometric means, runs to references: 0.5 is twice as fast; ``least_ratio``
    is what is still allowed.
    """

    ratio: float
    least_ratio: float

    @property
    def is_sooner(self) -> bool:
        """Whether chance does not explain it."""
        return self.ratio < self.least_ratio


def sooner_than(
    runs: NDArray[np.float64],
    references: NDArray[np.float64],
    others: NDArray[np.float64],
    share: float,
) -> Sooner:
    """Compare logarithms of runs with references', one-sided, by Student's t.

    The spread is the references' alone: runs that cheat may have none.

    Parameters
    ----------
    references, others, share
        Interpolated: from ``references`` so much of the way to ``others``.
    """
    weights = (1 - share, share)
    sides = (references, others)
    mean = sum(weight * float(side.mean()) for weight, side in zip(weights, sides, strict=True))
    spread = max(
        LEAST_SPREAD,
        sum(w * float(side.std(ddof=1)) for w, side in zip(weights, sides, strict=True)),
    )
    count = min(len(side) for weight, side in zip(weights, sides, strict=True) if weight > 0)
    margin = student_quantile(1 - FALSE_ALARMS, count - 1) * spread
    margin *= sqrt(1 / len(runs) + 1 / count)
    return Sooner(exp(float(runs.mean()) - mean), exp(-margin))


@lru_cache
def student_quantile(probability: float, freedom: int) -> float:
    """Return a quantile of Student's t above the median, by bisection of its integral."""
    low, high = 0.0, 1e4
    while high - low > 1e-9 * max(1.0, high):
        middle = (low + high) / 2
        if 0.5 + _half(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _half(value: float, freedom: int) -> float:
    """Return the probability between 0 and a value (by the angle, where it is smooth)."""
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - 0.5 * log(np.pi))
    angle, step = np.linspace(0, np.arctan(value / sqrt(freedom)), 2001, retstep=True)
    heights = np.cos(angle) ** (freedom - 1)
    simpson = heights[0] + heights[-1] + 4 * heights[1:-1:2].sum() + 2 * heights[2:-1:2].sum()
    return float(scale * simpson * step / 3)
