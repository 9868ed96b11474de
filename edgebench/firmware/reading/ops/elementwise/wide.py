"""Ops of int16 that are curves or change the scale; QUANTIZE between types of any width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import Multiplier, activation_range
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.wide_layers import WIDE, Curve16, Limits, Requantize, Softmax16
from edgebench.models.tflite.tensors import Tensor

STORED = {
    "INT8": (-128, 127),
    "UINT8": (0, 255),
    "INT16": (-(2**15), 2**15 - 1),
    "INT32": (-(2**31), 2**31 - 1),
}
RANGE = 2**16 - 1
"""Steps from the least to the largest int16."""
SOFTMAX_STEPS, SOFTMAX_RANGE = 512, 10.0
"""Of the tables; an exponential of less than -10 counts as 0."""
CURVE_VALUES, CURVE_STEPS = 256, 24
"""A table of the logistic function; its steps are 1/24 apart."""
CURVE_BITS, CURVE_SHIFTS = 12, 30
"""An input of scale 2^-12 needs no rescaling; others are shifted right by so many at most."""
SHARE = 2.0**-15
"""The scale of SOFTMAX's, LOGISTIC's and TANH's output."""
TOLERANCE = 0.001


def softmax(read: OpReader) -> list[Step]:
    """Read a SOFTMAX of int16 over the last axis."""
    source = read.input(0)
    scale, _ = read.activation(source)
    out_scale, _ = read.activation(read.output)
    if abs(out_scale - SHARE) > TOLERANCE * SHARE:
        raise read.refuse("an output that is not in steps of 1/32768")
    multiplier = read.multiplier(scale * read.options.beta / (SOFTMAX_RANGE / RANGE))
    count = read.shape(source)[-1]
    read.check_output(source.elements)
    kind = Softmax16(
        source.elements // count,
        count,
        multiplier.value,
        multiplier.shift,
        _table(_exponential, -SOFTMAX_RANGE, 0.0),
        _table(_reciprocal, 0.0, 1.0),
    )
    return [Step(f"softmax{WIDE}", kind, read.op.inputs[:1])]


def _table(
    function: Callable[[NDArray[np.float32]], NDArray[np.float32]], low: float, high: float
) -> NDArray[np.int16]:
    """Return a function at `SOFTMAX_STEPS` steps and at the end, in steps of 1/32768.

    Each value is moved by half of what a straight line would be wrong by in the middle. The runtime
    computes in float32.
    """
    single = np.float32
    scale = single(high - low) / single(RANGE)
    zero = single(2**15 - 1) if low < 0 else single(-(2**15))
    first = scale * (single(-(2**15)) - zero)
    last = scale * (single(2**15 - 1) - zero)
    out = single(2.0) / single(RANGE)
    inverse = single(2**16) / (out * single(2**15 - 1) - out * single(-(2**15)))
    step = (last - first) / single(SOFTMAX_STEPS)
    places = first + np.arange(SOFTMAX_STEPS + 1, dtype=single) * step
    values = function(places) * inverse
    middles = _rounded(function(places[:-1] + step / single(2)) * inverse)
    lines = _rounded((values[1:] + _rounded(values[:-1])) / single(2))
    moved = _rounded(values[:-1]) - _rounded((lines - middles) / single(2))
    end = _rounded(function(np.array([last], single)) * inverse)
    found: NDArray[np.int16] = np.clip(np.concatenate([moved, end]), -(2**15), 2**15 - 1).astype(
        np.int16
    )
    return found


def _exponential(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.exp(values.astype(np.float64)).astype(np.float32)


def _reciprocal(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.float32(1) / (np.float32(1) + values)


def _rounded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round halves away from zero."""
    whole = np.floor(np.abs(values.astype(np.float64)) + 0.5)
    return np.copysign(whole, values).astype(np.float32)


def curve(read: OpReader) -> list[Step]:
    """Read a LOGISTIC or a TANH of int16."""
    source = read.input(0)
    scale, _ = read.activation(source)
    read.check_output(source.elements)
    if not scale:
        raise read.refuse(f"`{source.name}` has the scale 0")
    if read.activation(read.output)[0] != SHARE:
        raise read.refuse("an output that is not in steps of 1/32768")
    is_tanh = read.op.name == "TANH"
    multiplier, shift = _curve_scale(scale, is_tanh=is_tanh)
    if multiplier > RANGE // 2:
        raise read.refuse(f"an input of the scale {scale:.3g}")
    kind = Curve16(_logistic_table(), source.elements, multiplier, shift, is_tanh)
    return [Step(f"curve{WIDE}", kind, read.op.inputs[:1])]


def _logistic_table() -> NDArray[np.uint16]:
    """Return the logistic function at `CURVE_VALUES` steps, in steps of 2^-16, the last one 1.

    Each value is moved by half of what a straight line would be wrong by in the middle.
    """
    halves = np.arange(2 * CURVE_VALUES + 1) / (2 * CURVE_STEPS)
    exact = 2.0**16 / (1 + np.exp(-halves))
    ends, middles = exact[::2], exact[1::2]
    moved = ends[:-1] - ((ends[:-1] + ends[1:]) / 2 - middles) / 2
    moved[-1] = RANGE
    return np.floor(moved + 0.5).astype(np.uint16)


def _curve_scale(scale: float, *, is_tanh: bool) -> tuple[int, int]:
    """Return a multiplier and a shift to the right, as the runtimes choose them."""
    power = round(np.log2(scale)) + CURVE_BITS
    is_exact = scale == 2.0 ** (power - CURVE_BITS)
    if is_exact and (power == 0 or (is_tanh and power == 1)):
        return 3 << power, 0
    factor, shift = scale * 3 * 2**CURVE_BITS, 0
    while factor <= (2**15 - 1) / 2 and shift <= CURVE_SHIFTS:
        factor *= 2
        shift += 1
    return int(factor), shift


def relu(read: OpReader) -> list[Step]:
    """Read a RELU, RELU6 or RELU_N1_TO_1 of int16."""
    (in_scale, _), (out_scale, zero) = read.activation(read.input(0)), read.activation(read.output)
    low, high = activation_range(read.op.name, out_scale, zero, "INT16")
    with np.errstate(over="ignore"):
        factor = _in_float32(read, np.float32(in_scale / out_scale))
    return _requantized(read, (factor, factor), 0, 0, Limits(low, high))


def leaky_relu(read: OpReader) -> list[Step]:
    """Read a LEAKY_RELU of int16."""
    (in_scale, _), (out_scale, _) = read.activation(read.input(0)), read.activation(read.output)
    with np.errstate(over="ignore"):
        positive = np.float32(in_scale) / np.float32(out_scale)
        negative = np.float32(in_scale) * np.float32(read.options.alpha) / np.float32(out_scale)
    if negative < 0:
        raise read.refuse("a slope below 0")
    factors = (_in_float32(read, positive), _in_float32(read, negative))
    return _requantized(read, factors, 0, 0, Limits(*STORED["INT16"]))


def _in_float32(read: OpReader, factor: np.float32) -> Multiplier:
    return read.multiplier(float(factor))


def quantize(read: OpReader) -> list[Step]:
    """Read a QUANTIZE between int8, int16 and int32."""
    (in_scale, in_zero), (out_scale, out_zero) = (
        _stored(read, each) for each in (read.input(0), read.output)
    )
    factor = read.multiplier(in_scale / out_scale)
    limits = Limits(*STORED[read.output.type_name])
    return _requantized(read, (factor, factor), in_zero, out_zero, limits)


def _stored(read: OpReader, tensor: Tensor) -> tuple[float, int]:
    found = tensor.quantization
    if tensor.type_name not in STORED or tensor.type_name == "UINT8" or found is None:
        raise read.refuse(f"`{tensor.name}` is {tensor.type_name}")
    low, high = STORED[tensor.type_name]
    zero_point = found.zero_points[0]
    is_whole = tensor.type_name == "INT32"
    if found.per_axis or not low <= zero_point <= high or (is_whole and zero_point):
        raise read.refuse(f"`{tensor.name}` has the zero point {zero_point}, or several scales")
    if not (np.isfinite(found.scales[0]) and found.scales[0] > 0):
        raise read.refuse(f"`{tensor.name}` has the scale {found.scales[0]}")
    return found.scales[0], zero_point


def _requantized(
    read: OpReader,
    multipliers: tuple[Multiplier, Multiplier],
    in_zero: int,
    out_zero: int,
    limits: Limits,
) -> list[Step]:
    source = read.input(0)
    read.check_output(source.elements)
    kind = Requantize(
        source.elements,
        source.dtype.itemsize,
        read.output.dtype.itemsize,
        in_zero,
        multipliers,
        out_zero,
        limits,
    )
    return [Step("requantize", kind, read.op.inputs[:1])]
