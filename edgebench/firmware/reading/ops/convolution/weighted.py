"""Ops with weights: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import LIMITS
from edgebench.firmware.layers import OFFSET, Conv, Dense, Step, Weighted, Weighted16
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.sums import check_weights

MOST_LEFT_SHIFT = 7
"""Of int16 outputs: the reference takes no more."""
WIDE = "_16x8"
"""Suffix of the functions for int16 activations."""
LOW, HIGH = LIMITS["INT8"]


def conv_2d(read: OpReader) -> list[Step]:
    """Read a CONV_2D, grouped or not."""
    source, output, samples = read.images()
    filters, height, width, depth = read.shape(read.input(1), 4)
    groups = source.channels // depth
    if not groups or source.channels % depth or filters % groups:
        raise read.refuse(f"{source.channels} channels, and weights for {depth}")
    read.check_output(samples, output.height, output.width, filters)
    window = read.window(height, width, source, output)
    kind = Conv(weighted_of(read, 0), source, output, window, depth)
    return _step(read, "conv_2d", kind, samples)


def depthwise_conv_2d(read: OpReader) -> list[Step]:
    """Read a DEPTHWISE_CONV_2D of any multiplier."""
    source, output, samples = read.images()
    _, height, width, channels = read.shape(read.input(1), 4)
    if channels % source.channels:
        raise read.refuse(f"{source.channels} channels, and weights for {channels}")
    read.check_output(samples, output.height, output.width, channels)
    window = read.window(height, width, source, output)
    kind = Conv(weighted_of(read, 3), source, output, window, 1)
    return _step(read, "depthwise_conv_2d", kind, samples)


def fully_connected(read: OpReader) -> list[Step]:
    """Read a FULLY_CONNECTED."""
    if read.options.weightsFormat:
        raise read.refuse("weights in another order")
    outputs, inputs = read.shape(read.input(1), 2)
    if read.input(0).elements % inputs:
        raise read.refuse(f"{read.input(0).elements} inputs, and weights for {inputs}")
    rows = read.input(0).elements // inputs
    read.check_output(rows, outputs)
    return _step(read, "fully_connected", Dense(weighted_of(read, 0), rows, inputs, outputs))


def _step(read: OpReader, function: str, kind: Conv | Dense, samples: int = 1) -> list[Step]:
    weighted = kind.weighted
    if isinstance(weighted, Weighted16):
        function += WIDE
    elif weighted.weights_zero_point:
        function += OFFSET
    return [Step(function, kind, read.op.inputs[:1], times=samples)]


def weighted_of(read: OpReader, axis: int) -> Weighted | Weighted16:
    """Read the weights and biases; ``axis`` is that of the output channels."""
    source, weights, output = read.input(0), read.input(1), read.output
    in_scale, in_zero = read.quantized(source, "INT8", "INT16")
    out_scale, out_zero = read.quantized(output, source.type_name)
    read.int8(weights)
    channels = weights.shape[axis]
    scales = _weight_scales(read, channels)
    per_channel = [read.multiplier(each) for each in _factors(read, in_scale, scales, out_scale)]
    per_channel *= channels // len(per_channel)
    multipliers = np.array([each.value for each in per_channel], np.int32)
    shifts = np.array([each.shift for each in per_channel], np.int8)
    values = read.constant(weights, np.int8)
    if source.type_name == "INT8":
        bias = _bias(read, channels, INT32=np.int32)
        values, zero_point = _differences(values, read.int8(weights)[1])
        check_weights(read, values, zero_point, bias, in_zero, axis)
        return Weighted(
            values,
            bias,
            multipliers,
            shifts,
            in_zero,
            out_zero,
            read.range(output),
            zero_point,
        )
    if shifts.max() > MOST_LEFT_SHIFT:
        raise read.refuse("scales that make an int16 output more than 128 times a sum")
    if in_zero or out_zero:
        raise read.refuse("int16 activations with a zero point")
    bias = _bias(read, channels, INT64=np.int64, INT32=np.int32)
    twice = bias is not None and bias.dtype == np.int32
    wide = None if bias is None else bias.astype(np.int64)
    return Weighted16(values, wide, multipliers, shifts, twice, 0, read.range(output))


def _differences(values: NDArray[np.int8], zero_point: int) -> tuple[NDArray[np.int8], int]:
    """Return weights as differences from their zero point, if those fit; else both as they are."""
    differences = values.astype(np.int16) - zero_point
    if differences.min() < LOW or differences.max() > HIGH:
        return values, zero_point
    return differences.astype(np.int8), 0


def _weight_scales(read: OpReader, channels: int) -> tuple[float, ...]:
    """Return the scales of the weights: one, or one for each channel."""
    weights = read.input(1)
    quantization = weights.quantization
    if quantization is None:
        raise read.refuse(f"the weights `{weights.name}` have no scale")
    if any(quantization.zero_points) and (not read.is_unsigned or quantization.per_axis):
        raise read.refuse(f"the weights `{weights.name}` have a zero point")
    if len(quantization.scales) not in (1, channels):
        raise read.refuse(f"`{weights.name}` has {len(quantization.scales)} scales")
    return quantization.scales


def _factors(
    read: OpReader, in_scale: float, scales: tuple[float, ...], out_scale: float
) -> list[float]:
    if len(scales) == 1 and (read.op.name == "FULLY_CONNECTED" or read.is_unsigned):
        # Here the runtime multiplies the scales in float32.
        with np.errstate(over="ignore"):
            return [float(np.float32(in_scale) * np.float32(scales[0])) / out_scale]
    return [in_scale * float(scale) / out_scale for scale in scales]


def _bias(read: OpReader, channels: int, **types: type[np.generic]) -> NDArray[Any] | None:
    if not read.has_input(2):
        return None
    tensor = read.input(2)
    if tensor.type_name not in types:
        raise read.refuse(f"biases of {tensor.type_name}")
    if tensor.elements != channels:
        raise read.refuse(f"{tensor.elements} biases for {channels} channels")
    return read.constant(tensor, types[tensor.type_name]).reshape(-1)
