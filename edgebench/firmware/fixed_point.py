"""Scales as integers, by TensorFlow Lite's rules (kernels/internal/quantization_util.cc)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LIMITS = {"INT8": (-128, 127), "INT16": (-32768, 32767)}


@dataclass(frozen=True)
class Multiplier:
    """A real factor as value / 2^31 * 2^shift, with value from 2^30 to 2^31 - 1, or 0."""

    value: int
    shift: int


def multiplier_of(factor: float) -> Multiplier:
    """Return a non-negative factor as a fixed-point multiplier."""
    if factor == 0:
        return Multiplier(0, 0)
    fraction, shift = math.frexp(factor)
    value = _rounded(fraction * 2**31)
    if value == 2**31:
        value //= 2
        shift += 1
    if shift < -31:  # so small that nothing is left of any int32
        return Multiplier(0, 0)
    return Multiplier(value, shift)


def high_product(left: int, right: int) -> int:
    """Return half the product's high 32 bits, rounded, as ``fixed_point.h`` does."""
    if left == right == -(2**31):
        return 2**31 - 1
    product = left * right
    nudged = product + (2**30 if product >= 0 else 1 - 2**30)
    return nudged >> 31 if nudged >= 0 else -(-nudged >> 31)


def rounded_shift(value: int, exponent: int) -> int:
    """Return value / 2^exponent, rounded to the nearest, halves away from zero."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + int((value & mask) > (mask >> 1) + (value < 0))


def scaled(value: int, multiplier: Multiplier) -> int:
    """Return value times a multiplier, rounded twice as the reference does."""
    raised = value << max(multiplier.shift, 0)
    return rounded_shift(high_product(raised, multiplier.value), max(-multiplier.shift, 0))


def output_of(
    total: int, multiplier: Multiplier, zero_point: int, low: int, high: int
) -> int | None:
    """Return a sum in the output's own numbers, from ``low`` to ``high``.

    Returns
    -------
    None where the sum, or what it is shifted to the left to, does not fit an int32: a larger sum
    may then give a smaller output.
    """
    raised = total << max(multiplier.shift, 0)
    if not -(2**31) <= raised < 2**31:
        return None
    return min(max(scaled(total, multiplier) + zero_point, low), high)


def input_radius(multiplier: Multiplier, integer_bits: int) -> int:
    """Return the largest difference from a zero point that fits so many integer bits."""
    largest = ((1 << integer_bits) - 1) << (31 - integer_bits)
    return largest >> max(0, multiplier.shift)


def activation_range(
    activation: str, scale: float, zero_point: int, type_name: str = "INT8"
) -> tuple[int, int]:
    """Return the lowest and highest stored value that a fused activation lets through.

    Raises
    ------
    KeyError
        If the activation is not one that is a range.
    """
    low, high = ACTIVATION_LIMITS[activation]
    least, most = LIMITS[type_name]

    def stored(real: float) -> int:
        # The runtime divides in float32; beyond any stored value it does not matter how far.
        with np.errstate(over="ignore"):
            steps = float(np.float32(real) / np.float32(scale))
        return zero_point + _rounded(min(max(steps, -(2.0**20)), 2.0**20))

    return (
        least if low is None else max(least, stored(low)),
        most if high is None else min(most, stored(high)),
    )


ACTIVATION_LIMITS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}


def _rounded(value: float) -> int:
    """Round to the nearest, halves away from zero, as C's round does."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
