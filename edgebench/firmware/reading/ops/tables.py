"""Ops of one int8 to one int8, as tables of their 256 answers: RELU, LOGISTIC, QUANTIZE.

`edges` chooses between this QUANTIZE and those of other types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgebench.firmware.fixed_point import (
    LIMITS,
    activation_range,
    high_product,
    input_radius,
    rounded_shift,
    scaled,
)
from edgebench.firmware.layers import Alias, Step, Table
from edgebench.firmware.reading.op_reader import OpReader

LOW, HIGH = LIMITS["INT8"]
LOGISTIC_BITS = 4
"""Integer bits of LOGISTIC's scaled input."""
ONE = 2**31 - 1
EXP_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-2^k) for k from -2 to 4, in 31 bits behind the point."""


def quantize(read: OpReader) -> list[Step]:
    """Read a QUANTIZE from int8 to int8."""
    if read.int8(read.input(0)) == read.int8(read.output):
        read.check_output(read.input(0).elements)
        return [Step("", Alias(), read.op.inputs[:1])]
    return _rescaled(read, LOW, HIGH, in_float32=False)


def relu(read: OpReader) -> list[Step]:
    """Read a RELU, RELU6 or RELU_N1_TO_1."""
    return _rescaled(
        read, *activation_range(read.op.name, *read.int8(read.output)), in_float32=True
    )


def _rescaled(read: OpReader, low: int, high: int, *, in_float32: bool) -> list[Step]:
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    factor = in_scale / out_scale
    multiplier = read.multiplier(_in_float32(factor) if in_float32 else factor)

    def answer(value: int) -> int:
        return min(max(scaled(value - in_zero, multiplier) + out_zero, low), high)

    return _table(read, answer)


def _in_float32(factor: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(factor))


def logistic(read: OpReader) -> list[Step]:
    """Read a LOGISTIC."""
    scale, zero_point = read.int8(read.input(0))
    if read.int8(read.output) != (1 / 256, LOW):
        raise read.refuse("an output that is not in steps of 1/256 from -128")
    multiplier = read.multiplier(scale * 2 ** (31 - LOGISTIC_BITS))
    radius = input_radius(multiplier, LOGISTIC_BITS)

    def answer(value: int) -> int:
        centered = value - zero_point
        if abs(centered) >= radius:
            return LOW if centered < 0 else HIGH
        share = rounded_shift(_logistic(scaled(centered, multiplier)), 23)
        return min(share + LOW, HIGH)

    return _table(read, answer)


def _table(read: OpReader, answer: Callable[[int], int]) -> list[Step]:
    read.check_output(read.input(0).elements)
    table = np.array([answer(value) for value in range(LOW, HIGH + 1)], np.int8)
    return [Step("look_up", Table(table, read.output.elements), read.op.inputs[:1])]


def _logistic(value: int) -> int:
    """Return the logistic function of a number with 4 integer bits, with none (gemmlowp's)."""
    if value == 0:
        return 1 << 30
    positive = _reciprocal_of_one_plus(_exp_of_negative(-abs(value)))
    return positive if value > 0 else ONE - positive


def _exp_of_negative(value: int) -> int:
    quarter = 1 << (31 - LOGISTIC_BITS - 2)
    small = (value & (quarter - 1)) - quarter
    result = _exp_of_small(max(small << LOGISTIC_BITS, -(2**31)))
    for place, factor in enumerate(EXP_FACTORS[: LOGISTIC_BITS + 2]):
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
    """Return 1 / (1 + value) for a value from 0 to 1: Newton and Raphson, three times."""
    start, slope, one_q2 = 1515870810, -1010580540, 1 << 29
    half = (value + ONE + 1) // 2
    x = start + high_product(half, slope)
    for _ in range(3):
        error = one_q2 - high_product(half, x)
        x += high_product(x, error) << 2
    return min(x << 1, ONE)


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "RELU": relu,
    "RELU6": relu,
    "RELU_N1_TO_1": relu,
    "LOGISTIC": logistic,
}
