"""Prove, channel by channel, that the fast requantization gives the reference's numbers.

The reference rounds twice: sum * multiplier / 2^31 to the nearest, that / 2^shift to the nearest,
halves away from zero. The fast form (``struct eb_dsp_scale``) does the same in six instructions as
long as twice the sum fits an int32, the shift is to the right, and the quotient with its offset
fits an int32. Of a channel where that can't be shown, either the output is the same for every
input, and a neutral scale gives that constant; or the portable kernel computes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import LIMITS, Multiplier, output_of
from edgebench.firmware.layers import Weighted

SUM_LIMIT = 1 << 30
MOST_SHIFT = 30
LOW, HIGH = LIMITS["INT8"]


@dataclass(frozen=True)
class Scale:
    """A channel's requantization: ``struct eb_dsp_scale``."""

    multiplier: int
    offset: int
    shift: int


NOTHING = Scale(0, 0, 0)
"""Of a channel that only fills up a group."""


@dataclass(frozen=True)
class Requantization:
    """Of all channels of a layer.

    Attributes
    ----------
    bias
        With the input's zero point in it: sums are of the stored inputs.
    scales
        One for each channel.
    exact
        The channels whose outputs the portable kernel must compute.
    """

    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    exact: tuple[int, ...]

    @property
    def is_worthwhile(self) -> bool:
        """Whether the fast kernel computes at least half of the channels."""
        return 2 * len(self.exact) <= len(self.scales)


def requantization(weighted: Weighted, weights: NDArray[np.int8]) -> Requantization:
    """Return how a layer's sums become outputs.

    Parameters
    ----------
    weights
        Shape (channels, weights of one channel).
    """
    wide = weights.astype(np.int64)
    bias = np.zeros(len(wide), np.int64)
    if weighted.bias is not None:
        bias = weighted.bias.astype(np.int64)
    folded = bias - weighted.input_zero_point * wide.sum(axis=1)
    lowest = folded + np.minimum(wide * LOW, wide * HIGH).sum(axis=1)
    highest = folded + np.maximum(wide * LOW, wide * HIGH).sum(axis=1)
    largest = np.abs(folded) + 128 * np.abs(wide).sum(axis=1)
    scales: list[Scale] = []
    exact: list[int] = []
    for channel, limit in enumerate(map(int, largest)):
        multiplier = Multiplier(int(weighted.multipliers[channel]), int(weighted.shifts[channel]))
        fast = fast_scale(multiplier, weighted.output_zero_point, limit)
        if fast is None:
            constant = _constant(weighted, multiplier, int(lowest[channel]), int(highest[channel]))
            fast = Scale(0, 2 * (constant or 0) + 1, 1)
            folded[channel] = 0
            if constant is None:
                exact.append(channel)
        scales.append(fast)
    return Requantization(folded.astype(np.int32), tuple(scales), tuple(exact))


def fast_scale(multiplier: Multiplier, zero_point: int, limit: int) -> Scale | None:
    """Return the fast form for sums up to a limit on both sides; None where it is not proved."""
    shift = -multiplier.shift
    if limit >= SUM_LIMIT or not 1 <= shift <= MOST_SHIFT:
        return None
    offset = (1 << (shift - 1)) + (zero_point << shift)
    quotient = ((limit * multiplier.value) >> 31) + 1
    if not (_fits_int32(offset - quotient - 1) and _fits_int32(offset + quotient)):
        return None
    return Scale(multiplier.value, offset, shift)


def _constant(weighted: Weighted, multiplier: Multiplier, low: int, high: int) -> int | None:
    """Return the output of a channel if it is the same for all sums from ``low`` to ``high``.

    A larger sum never gives a smaller output, as long as no bit is shifted out to the left.
    """
    limits = (weighted.output.low, weighted.output.high)
    ends = {
        output_of(each, multiplier, weighted.output_zero_point, *limits) for each in (low, high)
    }
    return ends.pop() if len(ends) == 1 else None  # of None itself, too


def _fits_int32(value: int) -> bool:
    return -(1 << 31) <= value < 1 << 31
