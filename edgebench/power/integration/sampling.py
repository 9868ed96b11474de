"""Estimate how much momentary samples leave open of the power between them.

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
CONVERSION_TIMES = 0.9, 1.0, 1.1
"""Of the time that a converter is set to: an INA226's may be 10 % longer (its data sheet, 6.5)."""
PHASES = 8
"""Points in a conversion at which a reading may come. It is unknown, so several are tried."""


def sampling_deviation_j(
    power_w: NDArray[np.float64], duration_s: float, seen: float = 0.0, uneven: float = 0.0
) -> float:
    """Return the standard uncertainty of an energy by momentary samples, three or more.

    Parameters
    ----------
    seen
        The share of the time that readings of a converter which runs freely are means of. What is
        seen leaves nothing open, as in a sample of a finite population (Cochran, Sampling
        Techniques, 1977, section 2.6), but for what is uneven.
    uneven
        The share of a sample's variance that conversions leave open that are read twice, or never:
        `unevenness` of the readings' times.
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
    # Which conversion is read twice is chance, at any pace of the load. What a conversion has too
    # much of its neighbour lacks, so their difference counts: it is larger than by chance where
    # values go to and fro, as with a load of almost the converter's own pace.
    variance = (1 - seen) * lasting + uneven * max(variance, one / 2, two / 2)
    return duration_s * float(np.sqrt(variance / count)) * student(count - 1)


def unevenness(t_ns: NDArray[np.int64], aperture_s: float) -> float:
    """Return the share of a sample's variance that uneven readings of a converter leave open.

    A converter that runs freely has a value for each stretch of time, and each reading shows the
    last one. In the energy a value then has the weight of its readings instead of its own length:
    the sum of those differences, squared, is what is open, of values that are independent. Readings
    that come late on a busy machine are in it, by their times.

    Parameters
    ----------
    t_ns
        Shape (n,), three or more: when it was read.
    aperture_s
        The length of a conversion; 0 if it is not known, which leaves nothing here.
    """
    if aperture_s <= 0:
        return 0.0
    times = (t_ns - t_ns[0]) / 1e9
    weights = (times[2:] - times[:-2]) / 2
    spacing = float(times[-1] - times[0]) / (len(times) - 1)
    found = [
        _uneven_s2(times[1:-1], weights, aperture_s * longer, phase)
        for longer in CONVERSION_TIMES
        for phase in np.arange(PHASES) / PHASES
    ]
    unseen = max(1 - aperture_s / spacing, 0.0)
    return max(float(np.mean(found)) / (len(weights) * spacing**2) - unseen, 0.0)


def _uneven_s2(
    times: NDArray[np.float64], weights: NDArray[np.float64], length_s: float, phase: float
) -> float:
    """Return the sum of squared differences between conversions' weights and their length."""
    shown = np.floor(times / length_s + phase)
    firsts = np.flatnonzero(np.diff(shown, prepend=-1.0))
    read = np.add.reduceat(weights, firsts)
    never = float(shown[-1] - shown[0]) + 1 - len(read)
    return float(np.sum((read - length_s) ** 2)) + never * length_s**2


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
