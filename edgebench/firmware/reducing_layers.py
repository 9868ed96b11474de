"""Layers that make one of several values: the largest, the mean, the share of each in a sum."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.loop_nest import Four


@dataclass(frozen=True)
class Reduce:
    """REDUCE_MAX or REDUCE_MIN of a shape (kept, reduced, kept, reduced)."""

    counts: Four


@dataclass(frozen=True)
class Mean:
    """MEAN of a shape (kept, summed, kept, summed); ``multiplier`` divides by the count too."""

    counts: Four
    input_zero_point: int
    multiplier: Multiplier
    output_zero_point: int


@dataclass(frozen=True)
class Softmax:
    """SOFTMAX over the last axis."""

    rows: int
    count: int
    multiplier: Multiplier
    least_difference: int


@dataclass(frozen=True)
class L2Normalization:
    """L2_NORMALIZATION over the last axis."""

    rows: int
    count: int
    input_zero_point: int
