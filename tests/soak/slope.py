"""Whether a series of values grows: Theil's and Sen's slope, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

CONFIDENCE = 0.99
WARM_UP, LEAST_WARM_UP = 1 / 3, 15
"""Of the cycles, and how many at least: caches fill, and the allocator finds its size."""
BLOCKS = 20
"""The middles of blocks are compared: the values of neighbours depend on each other."""


@dataclass(frozen=True)
class Slope:
    """Growth per cycle, and the interval that holds it with `CONFIDENCE`."""

    per_cycle: float
    low: float
    high: float

    @property
    def grows(self) -> bool:
        """Whether there is growth beyond what chance explains."""
        return self.low > 0


def slope_of(values: Sequence[float]) -> Slope:
    """Return the slope of values in the order of time, without those of the warm-up."""
    first = max(LEAST_WARM_UP, round(len(values) * WARM_UP))
    steady = np.asarray(values[first:], float)
    blocks = np.array_split(steady, min(BLOCKS, len(steady)))
    middles = [float(np.median(block)) for block in blocks]
    width = len(steady) / len(blocks)
    found = theilslopes(middles, np.arange(len(middles)) * width, CONFIDENCE)
    return Slope(*(float(each) for each in (found.slope, found.low_slope, found.high_slope)))
