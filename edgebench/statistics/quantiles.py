"""Medians and percentiles.

`median` and `reached_percentile` are used while a model is measured. They select values themselves:
numpy's own functions load its masked arrays, which takes 3 MB and 20 ms.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray


def median(values: ArrayLike) -> float:
    """Return the median of all values; the mean of the two in the middle of an even number.

    Raises
    ------
    ValueError
        If there are no values.
    """
    array = np.asarray(values, float).ravel()
    if not array.size:
        raise ValueError("a median of no values")
    middle = sorted({(array.size - 1) // 2, array.size // 2})
    return float(np.partition(array, middle)[middle].mean())


def known_median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are known; None if none is."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


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
    place = int(np.ceil(percent / 100 * (array.size - 1)))
    return float(np.partition(array, place, axis=None)[place])


def interquartile_range(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Return what the middle half of the values spans, along an axis."""
    low, high = np.quantile(np.asarray(values, float), (0.25, 0.75), axis=axis)
    return np.asarray(high - low)
