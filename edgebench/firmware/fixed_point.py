"""Scales as integers, by TensorFlow Lite's rules (kernels/internal/quantization_util.cc)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

INT8_LOW, INT8_HIGH = -128, 127


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


def activation_range(activation: str, scale: float, zero_point: int) -> tuple[int, int]:
    """Return the lowest and highest stored value that a fused activation lets through.

    Raises
    ------
    KeyError
        If the activation is not one that is a range.
    """
    low, high = ACTIVATION_LIMITS[activation]

    def stored(real: float) -> int:
        # The runtime divides in float32.
        return zero_point + _rounded(float(np.float32(real) / np.float32(scale)))

    return (
        INT8_LOW if low is None else max(INT8_LOW, stored(low)),
        INT8_HIGH if high is None else min(INT8_HIGH, stored(high)),
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
