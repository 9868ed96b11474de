"""Marks in logic inputs that a meter recorded together with the power."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def falls(has_low: NDArray[np.bool_], has_high: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return at which samples an input fell.

    Parameters
    ----------
    has_low, has_high
        Shape (n,): whether it was low, and high, within each sample. A sample that is a mean of
        many may have both, one without either says nothing.

    Examples
    --------
    >>> falls(np.array([False, True, True, False]), np.array([True, True, False, True])).tolist()
    [1]
    """
    known = np.flatnonzero(has_low | has_high)
    low, high = has_low[known], has_high[known]
    both = low & high
    # A sample with both ends as the next that has one begins.
    settled = np.append(np.flatnonzero(~both), len(both))
    following = settled[np.searchsorted(settled, np.arange(len(both)))]
    ends_high = np.append(high & ~both, False)[following]
    began_high = np.concatenate(([False], ends_high[:-1]))
    fell: NDArray[np.intp] = known[(low & began_high) | (both & ~ends_high)]
    return fell


def marks_of(inputs: Iterable[NDArray[np.intp]]) -> NDArray[np.intp] | None:
    """Return the marks: the first input's falls, or else those of the only one that falls.

    Parameters
    ----------
    inputs
        The falls of each input, D0 first.
    """
    first, *others = inputs
    if len(first):
        return first
    fell = [each for each in others if len(each)]
    return fell[0] if len(fell) == 1 else None
