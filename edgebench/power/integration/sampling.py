"""What momentary samples leave open of the power between them.

The error of a sum over evenly spaced samples follows from how much the power differs over one
spacing and over two: its variogram (Matheron, The theory of regionalized variables, 1971; Gundersen
and Jensen, Journal of Microscopy 147, 1987, have the sum). A power that changes slowly, or seldom,
leaves much less open than one that differs as much from sample to sample as it does at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgebench.statistics.gum import student

SMOOTH = 1 / 12
"""The weight of what is not chance from sample to sample, for a power that may step."""


def sampling_deviation_j(
    power_w: NDArray[np.float64], duration_s: float, seen: float = 0.0
) -> float:
    """Return the standard uncertainty of an energy by momentary samples, three or more.

    Parameters
    ----------
    seen
        The share of the time that readings of a converter which runs freely are means of: some of
        its conversions are read twice and some never, so that half of it counts.
    """
    count = len(power_w)
    one = float(np.mean(np.diff(power_w) ** 2))
    two = float(np.mean((power_w[2:] - power_w[:-2]) ** 2))
    # What is left of the variogram at no distance is chance, independent in each sample.
    chance = max(one - two / 2, 0.0)
    rest = max(2 * one - two / 2, 0.0)
    whole = float(np.var(power_w, ddof=1))
    variance = min(SMOOTH * rest + (1 - 3 * SMOOTH) * chance, whole)
    if chance > whole / 2:
        # What still hangs together may be a fast load that is seen at similar phases.
        variance = whole
    variance *= 1 - min(seen, 1.0) / 2
    return duration_s * float(np.sqrt(variance / count)) * student(count - 1)
