"""DIV and SQUARED_DIFFERENCE, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgebench.firmware.fixed_point import LIMITS
from edgebench.firmware.layers import Add, Mul, Range, Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.elementwise.binary import loops_of

RAISED = 7
"""Both inputs of a SQUARED_DIFFERENCE are raised by so many bits."""
MOST_LEFT_SHIFT = 22
"""Of a quotient, whose dividend is raised by 23 bits at least."""


def div(read: OpReader) -> list[Step]:
    """Read a DIV."""
    (scale_0, zero_0), (scale_1, zero_1) = read.int8(read.input(0)), read.int8(read.input(1))
    out_scale, out_zero = read.int8(read.output)
    # The runtime multiplies and divides in float32.
    with np.errstate(over="ignore", divide="ignore"):
        factor = np.float32(scale_0) / (np.float32(scale_1) * np.float32(out_scale))
    multiplier = read.multiplier(float(factor))
    if multiplier.shift > MOST_LEFT_SHIFT:
        raise read.refuse(f"scales that make an output {float(factor):.3g} times a quotient")
    kind = Mul(
        loops_of(read),
        zero_points=(zero_0, zero_1),
        output_zero_point=out_zero,
        output_multiplier=multiplier,
        output=read.range(read.output),
    )
    return [Step("div", kind, (read.operand(0), read.operand(1)))]


def squared_difference(read: OpReader) -> list[Step]:
    """Read a SQUARED_DIFFERENCE."""
    (scale_0, zero_0), (scale_1, zero_1) = read.int8(read.input(0)), read.int8(read.input(1))
    out_scale, out_zero = read.int8(read.output)
    twice = 2.0 * max(scale_0, scale_1)
    if not twice:
        raise read.refuse("two inputs of the scale 0")
    # The runtime multiplies the output's scale in float32.
    with np.errstate(over="ignore"):
        step = float(np.float32(4**RAISED) * np.float32(out_scale))
    kind = Add(
        loops_of(read),
        zero_points=(zero_0, zero_1),
        multipliers=(read.multiplier(scale_0 / twice), read.multiplier(scale_1 / twice)),
        output_zero_point=out_zero,
        output_multiplier=read.multiplier(twice * twice / step),
        output=Range(*LIMITS["INT8"]),
    )
    return [Step("squared_difference", kind, (read.operand(0), read.operand(1)))]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "DIV": div,
    "SQUARED_DIFFERENCE": squared_difference,
}
