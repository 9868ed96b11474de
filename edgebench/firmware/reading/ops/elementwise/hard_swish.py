"""HARD_SWISH in the references' 16-bit fixed-point arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgebench.firmware.fixed_point import LIMITS, multiplier_of, rounded_shift

MOST_SHIFT = 15
"""Of a number of 16 bits."""
HIRES_BITS = 7
"""An input is raised by so many bits before it is scaled."""
LOW, HIGH = LIMITS["INT8"]
LOW_16, HIGH_16 = LIMITS["INT16"]


def hard_swish_of(
    source: tuple[float, int], output: tuple[float, int]
) -> Callable[[int], int] | None:
    """Return the function of a stored input, of scales and zero points.

    Returns
    -------
    None where the output's steps are so fine that the references refuse them, or a scale so far
    from the other that every bit is shifted out.
    """
    (in_scale, in_zero), (out_scale, out_zero) = source, output
    with np.errstate(over="ignore"):
        fine = np.float32(1 / 128) * np.float32(in_scale)
        factors = (fine / np.float32(out_scale), fine / (np.float32(3) / np.float32(32768)))
    if not all(np.isfinite(factors)):
        return None
    to_output, to_share = (multiplier_of(float(each)) for each in factors)
    if not -MOST_SHIFT <= to_output.shift <= 0 or not -MOST_SHIFT <= to_share.shift <= MOST_SHIFT:
        return None
    output_factor, share_factor = _in_16_bits(to_output.value), _in_16_bits(to_share.value)

    def answer(value: int) -> int:
        raised = (value - in_zero) << HIRES_BITS
        on_output = _high_product(raised, output_factor)
        share = raised
        if to_share.shift > 0:
            share = _saturated(share << (to_share.shift - 1))
        share = _high_product(share, share_factor)
        if to_share.shift > 0:
            share = _saturated(share << 1)
        elif to_share.shift < 0:
            share = rounded_shift(share, -to_share.shift)
        share = (share + (1 << 15)) >> 1  # from [-1, 1] to [0, 1]
        product = share * on_output
        product = product >> 15 if product >= 0 else -(-product >> 15)
        stored = rounded_shift(product, -to_output.shift) + out_zero
        return min(max(stored, LOW), HIGH)

    return answer


def _in_16_bits(multiplier: int) -> int:
    return min((multiplier + (1 << 15)) >> 16, HIGH_16)


def _saturated(value: int) -> int:
    return min(max(value, LOW_16), HIGH_16)


def _high_product(left: int, right: int) -> int:
    """Return half the product's high 16 bits, rounded."""
    product = left * right
    nudged = product + (2**14 if product >= 0 else 1 - 2**14)
    return nudged >> 15 if nudged >= 0 else -(-nudged >> 15)
