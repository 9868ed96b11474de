"""Ops between real and stored numbers, or stored ones of two types: QUANTIZE and DEQUANTIZE.

They stand where a converter gives a network inputs and outputs of float32 or uint8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

import numpy as np

from edgebench.firmware.fixed_point import scaled
from edgebench.firmware.layers import Dequantize, Quantize, Range, Step, Table
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.elementwise import tables, wide
from edgebench.models.tflite.tensors import Tensor

STORED = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}
"""The types that a quantized activation has, and their limits."""
BYTES = ("INT8", "UINT8")


def quantize(read: OpReader) -> list[Step]:
    """Read a QUANTIZE: from float32, or between types of one byte."""
    source, output = read.input(0), read.output
    read.check_output(source.elements)
    if source.type_name == "FLOAT32":
        scale, zero_point = _stored(read, output)
        is_wide = output.type_name == "INT16"
        limits = Range(*STORED[output.type_name])
        kind = Quantize(scale, zero_point, limits, source.elements, is_wide)
        return [Step("quantize", kind, read.op.inputs[:1])]
    if {source.type_name, output.type_name} & {"INT16", "INT32"}:
        return wide.quantize(read)
    if "UINT8" in (source.type_name, output.type_name):
        return _between_bytes(read, source, output)
    return tables.quantize(read)


def dequantize(read: OpReader) -> list[Step]:
    """Read a DEQUANTIZE to float32."""
    source, output = read.input(0), read.output
    read.check_output(source.elements)
    if output.type_name != "FLOAT32":
        raise read.refuse(f"`{output.name}` is {output.type_name}")
    scale, zero_point = _stored(read, source)
    kind = Dequantize(
        scale,
        zero_point,
        source.elements,
        is_wide=source.type_name == "INT16",
        is_unsigned=source.type_name == "UINT8",
    )
    return [Step("dequantize", kind, read.op.inputs[:1])]


def _between_bytes(read: OpReader, source: Tensor, output: Tensor) -> list[Step]:
    """Return the table of a byte's 256 answers, in the order in which C looks them up."""
    for tensor in (source, output):
        if tensor.type_name not in BYTES:
            raise read.refuse(f"it makes {output.type_name} of {source.type_name}")
    (in_scale, in_zero), (out_scale, out_zero) = _stored(read, source), _stored(read, output)
    multiplier = read.multiplier(in_scale / out_scale)
    low, high = STORED[output.type_name]
    # The kernel takes every byte for an int8, from -128 on.
    seen = np.arange(-128, 128, dtype=np.int16).astype(np.int8)
    values = seen.view(np.uint8) if source.type_name == "UINT8" else seen
    answers = [
        min(max(scaled(int(value) - in_zero, multiplier) + out_zero, low), high) for value in values
    ]
    table = np.array(answers, np.int16).astype(np.uint8).view(np.int8)
    return [Step("look_up", Table(table, output.elements), read.op.inputs[:1])]


def _stored(read: OpReader, tensor: Tensor) -> tuple[float, int]:
    """Return the scale and the zero point of a tensor of stored numbers."""
    if tensor.type_name not in STORED or tensor.quantization is None:
        raise read.refuse(f"`{tensor.name}` is {tensor.type_name} without a scale")
    if tensor.quantization.per_axis:
        raise read.refuse(f"`{tensor.name}` has a scale for each channel")
    scale, zero_point = tensor.quantization.scales[0], tensor.quantization.zero_points[0]
    low, high = STORED[tensor.type_name]
    if not low <= zero_point <= high or not isfinite(scale) or scale <= 0:
        raise read.refuse(f"`{tensor.name}` has the zero point {zero_point}, the scale {scale}")
    return scale, zero_point


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "QUANTIZE": quantize,
    "DEQUANTIZE": dequantize,
}
