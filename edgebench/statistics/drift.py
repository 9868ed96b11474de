"""Whether latency or power went one way within a run: a machine that heats up, or throttles.

The values are cut into blocks of equal numbers; the blocks' middles are tested for a trend by Mann
and Kendall (Mann, Econometrica 13, 1945: a test that assumes no distribution), its size is Theil's
and Sen's slope from the first block to the last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgebench.statistics.quantiles import median

BLOCKS = 12
LEAST = 10
"""Values a block."""
SIGNIFICANT = 0.01
SHARE = 0.05
"""A drift that matters: of the median, from the run's beginning to its end."""


@dataclass(frozen=True)
class Drift:
    """A trend: its share of the middle, from the first block to the last; how likely by chance."""

    share: float
    p_value: float

    @property
    def matters(self) -> bool:
        """Whether it is neither chance nor small."""
        return self.p_value < SIGNIFICANT and abs(self.share) > SHARE


def drift_of(
    values: ArrayLike, middle_of: Callable[[NDArray[np.float64]], Any] = median
) -> Drift | None:
    """Return the trend of values in the order of time, None of too few.

    Parameters
    ----------
    middle_of
        Of a block: the median, or the mean of values that come in bursts.
    """
    array = np.asarray(values, float)
    if array.size < BLOCKS * LEAST:
        return None
    blocks = [float(middle_of(block)) for block in np.array_split(array, BLOCKS)]
    middle = median(blocks)
    if middle <= 0:
        return None
    pairs = list(combinations(range(BLOCKS), 2))
    score = sum(np.sign(blocks[j] - blocks[i]) for i, j in pairs)
    slope = median([(blocks[j] - blocks[i]) / (j - i) for i, j in pairs])
    # Kendall's variance without ties, and the correction for continuity.
    deviation = sqrt(BLOCKS * (BLOCKS - 1) * (2 * BLOCKS + 5) / 18)
    z = (abs(score) - 1) / deviation if score else 0.0
    return Drift(slope * (BLOCKS - 1) / middle, erfc(max(z, 0.0) / sqrt(2)))
