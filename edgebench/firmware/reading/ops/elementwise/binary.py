"""ADD, SUB, MUL, PRELU, MAXIMUM and MINIMUM, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgebench.firmware.layers import RAISED, RAISED_16, Add, Extreme, Mul, Prelu, Step
from edgebench.firmware.loop_nest import LOOPS, LoopNest, loop_nest_of
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.wide_layers import ADDS, MULTIPLIES, SUBTRACTS, WIDE, Limits, Whole


def add(read: OpReader) -> list[Step]:
    """Read an ADD or a SUB."""
    if read.output.type_name == "INT32":
        return _whole(read)
    left, right = read.input(0), read.input(1)
    (scale_0, zero_0), (scale_1, zero_1) = read.activation(left), read.activation(right)
    out_scale, out_zero = read.activation(read.output)
    raised = RAISED_16 if read.is_wide else RAISED
    twice = 2.0 * max(scale_0, scale_1)
    if not twice:
        raise read.refuse("two inputs of the scale 0")
    kind = Add(
        loops_of(read),
        zero_points=(zero_0, zero_1),
        multipliers=(read.multiplier(scale_0 / twice), read.multiplier(scale_1 / twice)),
        output_zero_point=out_zero,
        output_multiplier=read.multiplier(twice / (2**raised * out_scale)),
        output=read.range(read.output),
    )
    return [_step(read, kind)]


def prelu(read: OpReader) -> list[Step]:
    """Read a PRELU with constant slopes."""
    (in_scale, in_zero), (slope_scale, slope_zero) = (
        read.int8(read.input(0)),
        read.int8(read.input(1)),
    )
    out_scale, out_zero = read.int8(read.output)
    kind = Prelu(
        loops_of(read),
        zero_points=(in_zero, slope_zero),
        multipliers=(
            read.multiplier(in_scale / out_scale),
            read.multiplier(in_scale * slope_scale / out_scale),
        ),
        output_zero_point=out_zero,
    )
    return [Step("prelu", kind, (read.operand(0), read.operand(1)))]


def extreme(read: OpReader) -> list[Step]:
    """Read a MAXIMUM or a MINIMUM."""
    wanted = read.activation(read.output)
    if any(read.activation(read.input(number)) != wanted for number in (0, 1)):
        raise read.refuse("inputs and outputs of different scales")
    return [_step(read, Extreme(loops_of(read)))]


def mul(read: OpReader) -> list[Step]:
    """Read a MUL."""
    if read.output.type_name == "INT32":
        return _whole(read)
    scale_0, zero_0 = read.activation(read.input(0))
    scale_1, zero_1 = read.activation(read.input(1))
    out_scale, out_zero = read.activation(read.output)
    # TensorFlow Lite multiplies and divides in float32, which shows in int16; TFLM does not.
    real: type[np.floating[Any]] = np.float64 if read.is_wide else np.float32
    with np.errstate(over="ignore"):
        factor = real(scale_0) * real(scale_1) / real(out_scale)
    kind = Mul(
        loops_of(read),
        zero_points=(zero_0, zero_1),
        output_zero_point=out_zero,
        output_multiplier=read.multiplier(float(factor)),
        output=read.range(read.output),
    )
    return [_step(read, kind)]


def _whole(read: OpReader) -> list[Step]:
    """Read an ADD, a SUB or a MUL of int32."""
    if any(read.input(number).type_name != "INT32" for number in (0, 1)):
        raise read.refuse("an output of INT32 from other types")
    if getattr(read.options, "fusedActivationFunction", 0):
        raise read.refuse("an activation of whole numbers")
    operation = {"ADD": ADDS, "SUB": SUBTRACTS, "MUL": MULTIPLIES}[read.op.name]
    loops = loops_of(read)
    kind = Whole(loops, operation, Limits(-(2**31), 2**31 - 1))
    return [Step("whole", kind, (read.operand(0), read.operand(1)))]


def _step(read: OpReader, kind: Add | Mul | Extreme) -> Step:
    function = read.op.name.lower() + (WIDE if read.is_wide else "")
    return Step(function, kind, (read.operand(0), read.operand(1)))


def loops_of(read: OpReader) -> LoopNest:
    """Return the loops over two inputs that are broadcast to the output."""
    shapes = [read.input(number).shape for number in (0, 1)]
    loops = loop_nest_of(read.output.shape, *broadcast_steps(read, shapes))
    if loops is None:
        raise read.refuse(f"more than {LOOPS} loops over {' and '.join(map(str, shapes))}")
    return loops


def broadcast_steps(read: OpReader, shapes: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Return the steps along the output's axes of operands that are broadcast to it."""
    output = read.output.shape
    if any(len(shape) > len(output) for shape in shapes):
        raise read.refuse("inputs of more dimensions than the output")
    padded = [(1,) * (len(output) - len(shape)) + shape for shape in shapes]
    read.check_output(*(max(each) for each in zip(*padded, strict=True)))
    for axis, size in enumerate(output):
        if any(shape[axis] not in (1, size) for shape in padded):
            raise read.refuse(f"inputs of the shapes {' and '.join(map(str, shapes))}")
    return [_steps(shape) for shape in padded]


def _steps(shape: tuple[int, ...]) -> list[int]:
    """Return the distance between neighbours along each axis; 0 where there is one only."""
    steps, size = [], 1
    for count in reversed(shape):
        steps.append(size if count > 1 else 0)
        size *= count
    return steps[::-1]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "ADD": add,
    "SUB": add,
    "MUL": mul,
    "PRELU": prelu,
    "MAXIMUM": extreme,
    "MINIMUM": extreme,
}
