"""SOFTMAX."""

from __future__ import annotations

from edgebench.firmware.fixed_point import input_radius
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.elementwise import wide
from edgebench.firmware.reducing_layers import Softmax

INTEGER_BITS = 5
"""Of a difference from the largest input."""


def softmax(read: OpReader) -> list[Step]:
    """Read a SOFTMAX over the last axis."""
    source = read.input(0)
    if source.type_name == "INT16":
        return wide.softmax(read)
    scale, _ = read.int8(source)
    if read.int8(read.output) != (1 / 256, -128):
        raise read.refuse("an output that is not in steps of 1/256 from -128")
    factor = min(read.options.beta * scale * 2 ** (31 - INTEGER_BITS), 2**31 - 1.0)
    multiplier = read.multiplier(factor)
    count = read.shape(source)[-1]
    read.check_output(source.elements)
    kind = Softmax(
        source.elements // count, count, multiplier, -input_radius(multiplier, INTEGER_BITS)
    )
    return [Step("softmax", kind, read.op.inputs[:1])]
