"""The fixed-point recipe of the streaming wake word features: its tables of integers.

The recipe in real numbers is `edgebench.datasets.log_mel`. Here every number is an integer, so that
a processor without a floating-point unit computes the same bits as any other:

=============  ==========================================================================
samples        int16, full scale 2^15
emphasised     32 x[n] - 31 x[n-1], exact, in units of 2^-20 of full scale
windowed       times the window in Q30, rounded: 2^-20
spectrum       1024 points, radix 2, twiddles in Q30, each product rounded once: 2^-20
power          re^2 + im^2, the last 13 bits dropped: 2^-27, 64 bits
mel energies   times weights in Q15, summed: 2^-42, 64 bits
features       how many thresholds an energy reaches: logarithm and quantization in one table
=============  ==========================================================================

No sum can overflow: a spectrum's components are below 2^30.1 steps (1.97 times the window's sum),
and, by Parseval, all powers of a window together are below 2^46.7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.log_mel import (
    BANDS,
    OFFSET_DB,
    RANGE_DB,
    SAMPLE_RATE_HZ,
    WINDOW_SAMPLES,
)
from edgebench.datasets.mel import mel_weights

Q30, Q15 = 30, 15
POWER_SHIFT = 13
ENERGY_BITS = 2 * 20 - POWER_SHIFT + Q15
"""An energy of 1 (a spectrum's bin of magnitude 1, full scale being 1) is 2^42."""
POINTS_BITS = WINDOW_SAMPLES.bit_length() - 1
LEAST, MOST = -128, 127
NEVER = 2**64 - 1
"""The threshold of a feature that is out of reach."""
DIGITS = 60
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class MelTable:
    """Which two bands each bin of the spectrum is between, and how much of it is the upper one's.

    ``upper[k]`` is the band, from 0 to BANDS, and ``rising[k]`` its weight in Q15; the band below
    has the rest. Band BANDS, and the one below band 0, are nobody's. Shapes (points / 2,).
    """

    upper: NDArray[np.uint8]
    rising: NDArray[np.uint16]


@cache
def window() -> NDArray[np.int32]:
    """Return the first half of the symmetric Hamming window, in Q30."""
    half = np.hamming(WINDOW_SAMPLES)[: WINDOW_SAMPLES // 2]
    return _frozen(np.rint(half * 2.0**Q30).astype(np.int32))


@cache
def sines() -> NDArray[np.int32]:
    """Return three quarters of a sine of `WINDOW_SAMPLES` steps, in Q30.

    The cosine is the sine a quarter later.
    """
    angles = 2.0 * np.pi * np.arange(3 * WINDOW_SAMPLES // 4) / WINDOW_SAMPLES
    return _frozen(np.rint(np.sin(angles) * 2.0**Q30).astype(np.int32))


@cache
def mel() -> MelTable:
    """Return the mel filters by bin; the DC bin is left out where they are applied."""
    weights = mel_weights(SAMPLE_RATE_HZ, WINDOW_SAMPLES, BANDS, 0.0, SAMPLE_RATE_HZ / 2)
    upper = np.zeros(WINDOW_SAMPLES // 2, dtype=np.uint8)
    rising = np.zeros(WINDOW_SAMPLES // 2, dtype=np.uint16)
    for bin_ in range(1, WINDOW_SAMPLES // 2):
        band = int(np.flatnonzero(weights[bin_])[-1])
        weight = float(weights[bin_, band])
        if band == BANDS - 1 and weights[bin_, band - 1] == 0:  # behind the last band's peak
            band, weight = band + 1, 1.0 - weight
        upper[bin_], rising[bin_] = band, round(weight * 2**Q15)
    return MelTable(_frozen(upper), _frozen(rising))


def thresholds(scale: float, zero_point: int) -> NDArray[np.uint64]:
    """Return the energies from which on a feature is above -128, above -127, up to above 126.

    A feature is cut off towards zero, as `edgebench.datasets.log_mel.quantized_frames` does it.

    Parameters
    ----------
    scale, zero_point
        The model's for its input.

    Returns
    -------
    Shape (255,), not falling.
    """
    each = [_threshold(step, scale, zero_point) for step in range(LEAST + 1, MOST + 1)]
    return np.array(each, dtype=np.uint64)


def _threshold(step: int, scale: float, zero_point: int) -> int:
    """Return the least energy that a feature of ``step`` has."""
    # Cut off towards zero: a positive step begins at itself, another one above the step below.
    begins_above = step <= 0
    with localcontext() as context:
        context.prec = DIGITS
        value = (step - begins_above - zero_point) * Decimal(scale)
        if value < 0 or (value == 0 and not begins_above):
            return 0
        if value > 1 or (value == 1 and begins_above):
            return NEVER
        level_db = value * Decimal(RANGE_DB) - Decimal(OFFSET_DB)
        energy = Decimal(10) ** (level_db / 10) * Decimal(2) ** (ENERGY_BITS + POINTS_BITS)
        return math.floor(energy) + 1 if begins_above else math.ceil(energy)


def _frozen(values: NDArray[T]) -> NDArray[T]:
    values.flags.writeable = False
    return values
