"""Confidence intervals of a proportion and of a mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from edgebench.errors import DatasetMismatch

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""The normal quantile that cuts off 2.5 % at each end."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval and how it was computed."""

    low: float
    high: float
    method: str
    confidence: float = CONFIDENCE

    def scaled(self, factor: float) -> Interval:
        """Return the interval in another unit, such as percent."""
        return Interval(factor * self.low, factor * self.high, self.method, self.confidence)


def wilson(successes: int, trials: int) -> Interval:
    """Return Wilson's 95 % interval of a proportion, within 0 to 1.

    Wilson (Journal of the American Statistical Association 22, 1927), without continuity
    correction. It stays inside 0 to 1 and holds near the ends, where the normal approximation
    does not.

    Raises
    ------
    DatasetMismatch
        If there were no trials.
    """
    if trials <= 0:
        raise DatasetMismatch("no sample was scored")
    share = successes / trials
    divisor = 1 + Z**2 / trials
    centre = (share + Z**2 / (2 * trials)) / divisor
    half = Z * sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2)) / divisor
    return Interval(max(0.0, centre - half), min(1.0, centre + half), "Wilson")


def mean_interval(values: ArrayLike) -> Interval:
    """Return the 95 % interval of a mean by the normal approximation.

    Raises
    ------
    DatasetMismatch
        If there are no values.
    """
    array = np.asarray(values, float)
    if not array.size:
        raise DatasetMismatch("no sample was scored")
    mean, half = float(array.mean()), Z * float(array.std()) / sqrt(array.size)
    return Interval(mean - half, mean + half, "mean +- 1.96 standard errors")
