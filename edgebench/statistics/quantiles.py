"""Medians and percentiles."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray


def known_median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are known; None if none is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def reached_percentile(values: ArrayLike, percent: float) -> float:
    """Return a percentile that is one of the values, as LoadGen reports latencies.

    At least `percent` % of the values are not above it.

    Raises
    ------
    ValueError
        If there are no values.
    """
    array = np.asarray(values)
    if not array.size:
        raise ValueError("a percentile of no values")
    return float(np.percentile(array, percent, method="higher"))


def interquartile_range(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Return what the middle half of the values spans, along an axis."""
    low, high = np.quantile(np.asarray(values, float), (0.25, 0.75), axis=axis)
    return np.asarray(high - low)
