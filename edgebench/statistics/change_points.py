"""Find where a series of figures may have changed its level.

The place is the split into two parts with the least sum of squares of the logarithms (Scott and
Knott, Biometrics 30, 1974). The best of many places looks like a change more often than one that
was chosen before: how often is found by permutation of the order (Good, Permutation, Parametric and
Bootstrap Tests of Hypotheses, 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 999
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """The best place to split a series.

    Attributes
    ----------
    at
        The number of figures before it.
    p_value
        How often an order at random has a split as good.
    """

    at: int
    p_value: float


def best_split(figures: Sequence[float], least: int = 1) -> Split | None:
    """Return the best split of a series of figures above 0.

    Parameters
    ----------
    least
        How many figures each part must have at least.

    Returns
    -------
    None of too few figures, or of equals.

    Raises
    ------
    ValueError
        If a figure is not above 0.
    """
    if any(figure <= 0 for figure in figures):
        raise ValueError("a figure is not above 0")
    if len(set(figures)) < 2 or len(figures) < 2 * least:
        return None
    logs = np.log(np.asarray(figures, float))
    gains = _gains(logs[None], least)[0]
    at = int(gains.argmax())
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(np.tile(logs, (PERMUTATIONS, 1)), axis=1)
    # A rounding error must not part orders that are equal.
    as_good = int(np.count_nonzero(_gains(shuffled, least).max(axis=1) >= gains[at] * (1 - 1e-9)))
    return Split(at + least, (1 + as_good) / (1 + PERMUTATIONS))


def _gains(logs: Floats, least: int) -> Floats:
    """Return, for each row, by how much each split lessens the sum of squares."""
    count = logs.shape[1]
    centred = logs - logs.mean(axis=1, keepdims=True)
    sizes = np.arange(least, count - least + 1)
    before = np.cumsum(centred, axis=1)[:, sizes - 1]
    gains: Floats = before**2 * count / (sizes * (count - sizes))
    return gains
