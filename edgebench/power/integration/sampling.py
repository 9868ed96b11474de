"""What momentary samples leave open of the power between them.

The error of a sum over evenly spaced samples follows from how much the power differs over one
spacing and over two: its variogram (Matheron, The theory of regionalized variables, 1971; Gundersen
and Jensen, Journal of Microscopy 147, 1987, have the sum). A power that changes slowly, or seldom,
leaves much less open than one that differs as much from sample to sample as it does at all.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edgebench.statistics.gum import student

SMOOTH = 1 / 12
"""The weight of what is not chance from sample to sample, for a power that may step."""
UNLIKELY = 2.5
"""Standard deviations: independent samples differ from one to the next by twice their variance, and
that ratio (von Neumann, Annals of Mathematical Statistics 12, 1941) by 2 / sqrt(count)."""
BAND = 0.02, 0.125
"""Of frequencies that are low, per sample: changes below are slow, and samples follow them."""
LEAST_FOR_SPECTRUM = 480
READ_TWICE = 1 / 2
"""The share of conversions that are read twice or never: readings are late on a busy machine."""


def sampling_deviation_j(
    power_w: NDArray[np.float64], duration_s: float, seen: float = 0.0
) -> float:
    """Return the standard uncertainty of an energy by momentary samples, three or more.

    Parameters
    ----------
    seen
        The share of the time that readings of a converter which runs freely are means of. What is
        seen leaves nothing open, as in a sample of a finite population (Cochran, Sampling
        Techniques, 1977, section 2.6), but for conversions that are read twice, or never.
    """
    count = len(power_w)
    one = float(np.mean(np.diff(power_w) ** 2))
    two = float(np.mean((power_w[2:] - power_w[:-2]) ** 2))
    # What is left of the variogram at no distance is chance, independent in each sample.
    chance = max(one - two / 2, 0.0)
    rest = max(2 * one - two / 2, 0.0)
    whole = float(np.var(power_w, ddof=1))
    lasting = variance = min(SMOOTH * rest + (1 - 3 * SMOOTH) * chance, whole)
    if chance > whole / 2 or one > whole * (2 - UNLIKELY * 2 / sqrt(count)):
        # What still hangs together may be a fast load that is seen at similar phases, and a few
        # samples that don't hang together may look as if they did.
        variance, lasting = whole, min(_lasting(power_w), whole)
    seen = min(seen, 1.0)
    # Which conversion is read twice is chance, whatever the load's pace.
    variance = (1 - seen) * lasting + READ_TWICE * seen * variance
    return duration_s * float(np.sqrt(variance / count)) * student(count - 1)


def _lasting(power_w: NDArray[np.float64]) -> float:
    """Return the variance per sample that a mean of many has; infinite of few samples.

    It is the power's spectral density at low frequencies (Priestley, Spectral Analysis and Time
    Series, 1981, section 5.3.2). A fast load read at an even pace comes at all of its phases in
    turn: it is lines elsewhere in the spectrum, which the median leaves out, and its mean is
    closer than that of as many independent readings.
    """
    count = len(power_w)
    if count < LEAST_FOR_SPECTRUM:
        return np.inf
    window = np.hanning(count)
    spectrum = np.abs(np.fft.rfft((power_w - power_w.mean()) * window)) ** 2 / np.sum(window**2)
    low, high = (round(each * count) for each in BAND)
    # The median of an exponential distribution is its mean times ln 2.
    return float(np.median(spectrum[low:high]) / np.log(2))
