"""Functions of fixed-point numbers, by gemmlowp's rules, which TensorFlow Lite's kernels follow."""

from __future__ import annotations

from edgebench.firmware.fixed_point import Multiplier, high_product, rounded_shift

INPUT_BITS = 4
"""Integer bits of LOGISTIC's and TANH's scaled input."""
ONE = 2**31 - 1
ONE_Q2 = 1 << 29
"""1 with 2 integer bits."""
ONE_AND_A_HALF = (1 << 28) + (1 << 27)
"""With 3 integer bits."""
HALF_ROOT_OF_2 = 1518500250
"""With none."""
EXP_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-2^k) for k from -2 to 4, in 31 bits behind the point."""


def logistic_of(value: int) -> int:
    """Return the logistic function of a number with 4 integer bits, with none (gemmlowp's)."""
    if value == 0:
        return 1 << 30
    positive = _reciprocal_of_one_plus(_exp_of_negative(-abs(value), INPUT_BITS))
    return positive if value > 0 else ONE - positive


def tanh_of(value: int) -> int:
    """Return the hyperbolic tangent of a number with 4 integer bits, with none (gemmlowp's)."""
    if value == 0:
        return 0
    # exp(-2 |x|): the same bits, of which one more is an integer's.
    negative = _one_minus_over_one_plus(_exp_of_negative(-abs(value), INPUT_BITS + 1))
    return negative if value > 0 else -negative


def inverse_root_of(value: int) -> Multiplier:
    """Return 1 / sqrt(value) of a whole number from 1 on, by five of Newton's and Raphson's steps.

    The first guess is 1, of a number that is brought into the range from 1/4 to 1 by fours.
    """
    if value <= 1:
        return Multiplier(ONE, 0)
    shift = 11
    while value >= 1 << 29:
        value, shift = value // 4, shift + 1
    pairs = (31 - value.bit_length()) // 2 - 1
    value, shift = value << 2 * pairs, shift - pairs
    half = rounded_shift(value >> 1, 1)
    root = 1 << 28
    for _ in range(5):
        cube = _saturated(high_product(high_product(root, root), root) << 6)
        root = _saturated((high_product(ONE_AND_A_HALF, root) - high_product(half, cube)) << 3)
    root = high_product(root, HALF_ROOT_OF_2)
    return Multiplier(root << -shift, 0) if shift < 0 else Multiplier(root, -shift)


def _saturated(value: int) -> int:
    return min(max(value, -(2**31)), ONE)


def _exp_of_negative(value: int, integer_bits: int) -> int:
    quarter = 1 << (31 - integer_bits - 2)
    small = (value & (quarter - 1)) - quarter
    result = _exp_of_small(max(small << integer_bits, -(2**31)))
    for place, factor in enumerate(EXP_FACTORS[: integer_bits + 2]):
        if (small - value) & (quarter << place):
            result = high_product(result, factor)
    return result


def _exp_of_small(value: int) -> int:
    """Return exp of a number from -1/4 to 0: a Taylor series round -1/8."""
    exp_of_minus_eighth, third = 1895147668, 715827883
    x = value + (1 << 28)
    x2 = high_product(x, x)
    x3, x4 = high_product(x2, x), high_product(x2, x2)
    higher = rounded_shift(high_product(rounded_shift(x4, 2) + x3, third) + x2, 1)
    return exp_of_minus_eighth + high_product(exp_of_minus_eighth, x + higher)


def _reciprocal_of_one_plus(value: int) -> int:
    """Return 1 / (1 + value) for a value from 0 to 1."""
    return min(_newton(value) << 1, ONE)


def _one_minus_over_one_plus(value: int) -> int:
    """Return (1 - value) / (1 + value) for a value from 0 to 1: 2 / (1 + value) - 1."""
    return min((_newton(value) - ONE_Q2) << 2, ONE)


def _newton(value: int) -> int:
    """Return 2 / (1 + value) with 2 integer bits, by three of Newton's and Raphson's steps."""
    start, slope = 1515870810, -1010580540
    half = (value + ONE + 1) // 2
    x = start + high_product(half, slope)
    for _ in range(3):
        error = ONE_Q2 - high_product(half, x)
        x += high_product(x, error) << 2
    return x
