"""SOFTMAX and L2_NORMALIZATION: over the last axis."""

from __future__ import annotations

from edgebench.firmware.fixed_point import input_radius
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.elementwise import wide
from edgebench.firmware.reading.sums import check_largest, farthest
from edgebench.firmware.reducing_layers import L2Normalization, Softmax

INTEGER_BITS = 5
"""Of a difference from the largest input."""


def softmax(read: OpReader) -> list[Step]:
    """Read a SOFTMAX over the last axis."""
    source = read.input(0)
    if source.type_name == "INT16":
        return wide.softmax(read)
    scale, _ = read.int8(source)
    to_16 = read.output.type_name == "INT16"
    _check_steps(read, to_16=to_16)
    factor = min(read.options.beta * scale * 2 ** (31 - INTEGER_BITS), 2**31 - 1.0)
    multiplier = read.multiplier(factor)
    count = read.shape(source)[-1]
    read.check_output(source.elements)
    kind = Softmax(
        source.elements // count, count, multiplier, -input_radius(multiplier, INTEGER_BITS)
    )
    return [Step("softmax_8_to_16" if to_16 else "softmax", kind, read.op.inputs[:1])]


def _check_steps(read: OpReader, *, to_16: bool) -> None:
    if not to_16 and read.int8(read.output) != (1 / 256, -128):
        raise read.refuse("an output that is not in steps of 1/256 from -128")
    if to_16:
        scale, zero_point = read.quantized(read.output, "INT16")
        if zero_point != -(2**15) or abs(scale * 2**16 - 1) > wide.TOLERANCE:
            raise read.refuse("an output that is not in steps of 1/65536 from -32768")


def l2_normalization(read: OpReader) -> list[Step]:
    """Read an L2_NORMALIZATION over the last axis."""
    source = read.input(0)
    _, zero_point = read.int8(source)
    if read.is_unsigned:
        raise read.refuse("uint8, which the reference rounds otherwise")
    if read.int8(read.output) != (1 / 128, 0):
        raise read.refuse("an output that is not in steps of 1/128 from -1")
    if read.options.fusedActivationFunction:
        raise read.refuse("an activation")
    count = read.shape(source)[-1]
    read.check_output(source.elements)
    check_largest(read, count, count * farthest(zero_point) ** 2)
    kind = L2Normalization(source.elements // count, count, zero_point)
    return [Step("l2_normalization", kind, read.op.inputs[:1])]
