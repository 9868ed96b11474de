"""Ops of one int8 to one int8, as tables of their 256 answers: RELU, LOGISTIC, QUANTIZE and others.

`edges` chooses between this QUANTIZE and those of other types.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.fixed_point import (
    LIMITS,
    Multiplier,
    activation_range,
    input_radius,
    rounded_shift,
    scaled,
)
from edgebench.firmware.layers import Step, Table
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.elementwise import wide
from edgebench.firmware.reading.ops.elementwise.fixed_functions import (
    INPUT_BITS,
    inverse_root_of,
    logistic_of,
    tanh_of,
)
from edgebench.firmware.reading.ops.elementwise.hard_swish import hard_swish_of

LOW, HIGH = LIMITS["INT8"]
RSQRT_BITS = 20
"""Behind the point of an inverse square root."""
MOST_BYTE_SHIFT = 22
"""To the left, of a difference of two bytes within an int32."""


def quantize(read: OpReader) -> list[Step]:
    """Read a QUANTIZE from int8 to int8."""
    if read.int8(read.input(0)) == read.int8(read.output):
        read.check_output(read.input(0).elements)
        return [Step("", Alias(), read.op.inputs[:1])]
    return _rescaled(read, LOW, HIGH, in_float32=False)


def relu(read: OpReader) -> list[Step]:
    """Read a RELU, RELU6 or RELU_N1_TO_1."""
    if read.is_wide:
        return wide.relu(read)
    return _rescaled(
        read, *activation_range(read.op.name, *read.int8(read.output)), in_float32=True
    )


def _rescaled(read: OpReader, low: int, high: int, *, in_float32: bool) -> list[Step]:
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    factor = in_scale / out_scale
    multiplier = _byte_multiplier(read, _in_float32(factor) if in_float32 else factor)

    def answer(value: int) -> int:
        return min(max(scaled(value - in_zero, multiplier) + out_zero, low), high)

    return table_of(read, answer)


def _in_float32(factor: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(factor))


@dataclass(frozen=True)
class _Curve:
    """A function that has the same scale and zero point in every model.

    Attributes
    ----------
    output
        The scale and the zero point.
    steps
        The same in words.
    in_fixed_point, shift
        Gives an answer of an input with 4 integer bits; the bits that its last step takes away.
    in_float32
        What the kernels of uint8 compute.
    """

    output: tuple[float, int]
    steps: str
    in_fixed_point: Callable[[int], int]
    shift: int
    in_float32: Callable[[np.float32], np.float32]


def logistic(read: OpReader) -> list[Step]:
    """Read a LOGISTIC."""
    return _along(
        _Curve((1 / 256, LOW), "1/256 from -128", logistic_of, 23, _logistic_in_float32), read
    )


def tanh(read: OpReader) -> list[Step]:
    """Read a TANH."""
    return _along(_Curve((1 / 128, 0), "1/128 from -1", tanh_of, 24, _tanh_in_float32), read)


def _along(curve: _Curve, read: OpReader) -> list[Step]:
    if read.is_wide:
        return wide.curve(read)
    scale, zero_point = read.int8(read.input(0))
    if read.int8(read.output) != curve.output:
        raise read.refuse(f"an output that is not in steps of {curve.steps}")
    if read.is_unsigned:
        return _in_real_numbers(read, curve.in_float32)
    multiplier = read.multiplier(scale * 2 ** (31 - INPUT_BITS))
    radius = input_radius(multiplier, INPUT_BITS)
    _, out_zero = curve.output

    def answer(value: int) -> int:
        centered = value - zero_point
        if abs(centered) >= radius:
            return LOW if centered < 0 else HIGH
        exact = curve.in_fixed_point(scaled(centered, multiplier))
        return min(max(rounded_shift(exact, curve.shift) + out_zero, LOW), HIGH)

    return table_of(read, answer)


def leaky_relu(read: OpReader) -> list[Step]:
    """Read a LEAKY_RELU."""
    if read.is_wide:
        return wide.leaky_relu(read)
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    # The runtime computes both factors in float32.
    with np.errstate(over="ignore"):
        positive = np.float32(in_scale) / np.float32(out_scale)
        negative = np.float32(in_scale) * np.float32(read.options.alpha) / np.float32(out_scale)
    if negative < 0:
        raise read.refuse("a slope below 0")
    multipliers = _byte_multiplier(read, float(positive)), _byte_multiplier(read, float(negative))

    def answer(value: int) -> int:
        centered = value - in_zero
        return min(max(scaled(centered, multipliers[centered < 0]) + out_zero, LOW), HIGH)

    return table_of(read, answer)


def hard_swish(read: OpReader) -> list[Step]:
    """Read a HARD_SWISH."""
    answer = hard_swish_of(read.int8(read.input(0)), read.int8(read.output))
    if answer is None:
        raise read.refuse("scales that its 16-bit arithmetic does not take")
    return table_of(read, answer)


def absolute(read: OpReader) -> list[Step]:
    """Read an ABS."""
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    multiplier = _byte_multiplier(read, _in_float32(in_scale / out_scale))

    def answer(value: int) -> int:
        size = abs(value - in_zero)
        return min(
            max((size if in_scale == out_scale else scaled(size, multiplier)) + out_zero, LOW), HIGH
        )

    return table_of(read, answer)


def elu(read: OpReader) -> list[Step]:
    """Read an ELU, whose table the runtimes, too, compute in float32."""

    def value_of(real: np.float32) -> np.float32:
        return real if real >= 0 else np.float32(np.exp(np.float64(real))) - np.float32(1)

    return _in_real_numbers(read, value_of)


def _logistic_in_float32(real: np.float32) -> np.float32:
    with np.errstate(over="ignore"):
        power = np.float32(np.exp(-np.float64(real)))
    return np.float32(1) / (np.float32(1) + power)


def _tanh_in_float32(real: np.float32) -> np.float32:
    return np.float32(np.tanh(np.float64(real)))


def _in_real_numbers(read: OpReader, value_of: Callable[[np.float32], np.float32]) -> list[Step]:
    """Return the table of a function that the runtimes compute in float32, and round."""
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    with np.errstate(over="ignore", divide="ignore"):
        inverse = np.float32(1) / np.float32(out_scale)
        largest = np.float32(in_scale) * np.float32(256)
    if not (np.isfinite(inverse) and np.isfinite(largest)):
        raise read.refuse(f"the scales {in_scale:.3g} and {out_scale:.3g}")

    def answer(value: int) -> int:
        real = value_of(np.float32(in_scale) * np.float32(value - in_zero))
        steps = float(min(max(np.float32(real) * inverse, np.float32(-1e6)), np.float32(1e6)))
        whole = math.copysign(math.floor(abs(steps) + 0.5), steps)
        return min(max(int(whole) + out_zero, LOW), HIGH)

    return table_of(read, answer)


def rsqrt(read: OpReader) -> list[Step]:
    """Read an RSQRT; what is not above 0, which the references reject, gives the highest number."""
    (in_scale, in_zero), (out_scale, out_zero) = read.int8(read.input(0)), read.int8(read.output)
    # The runtime computes the root and the product in float32.
    with np.errstate(over="ignore"):
        root = np.sqrt(np.float32(in_scale)) * np.float32(out_scale)
    if not 0 < root < np.inf:
        raise read.refuse(f"the scales {in_scale:.3g} and {out_scale:.3g}")
    multiplier = read.multiplier(1 / float(root))
    again = Multiplier(multiplier.value, multiplier.shift - RSQRT_BITS)

    def answer(value: int) -> int:
        if value <= in_zero:
            return HIGH
        inverse = inverse_root_of(value - in_zero)
        share = scaled(1, Multiplier(inverse.value, inverse.shift + RSQRT_BITS))
        return min(max(scaled(share, again) + out_zero, LOW), HIGH)

    return table_of(read, answer)


def _byte_multiplier(read: OpReader, factor: float) -> Multiplier:
    """Return a multiplier for differences of bytes that pushes no bit out to the left."""
    found = read.multiplier(factor)
    if found.shift > MOST_BYTE_SHIFT:
        raise read.refuse(f"scales that make an output {factor:.3g} times an input")
    return found


def table_of(read: OpReader, answer: Callable[[int], int]) -> list[Step]:
    """Return the step that looks up an int8 op's answer to each value."""
    read.check_output(read.input(0).elements)
    table = np.array([answer(value) for value in range(LOW, HIGH + 1)], np.int8)
    return [Step("look_up", Table(table, read.output.elements), read.op.inputs[:1])]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "RELU": relu,
    "RELU6": relu,
    "RELU_N1_TO_1": relu,
    "LOGISTIC": logistic,
    "TANH": tanh,
    "LEAKY_RELU": leaky_relu,
    "HARD_SWISH": hard_swish,
    "ABS": absolute,
    "ELU": elu,
    "RSQRT": rsqrt,
}
