"""Comparisons, logic of truths, SELECT and SELECT_V2; a truth is a byte of 0 or 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.layers import Extreme, Step, Table
from edgebench.firmware.loop_nest import LOOPS, LoopNest, merged_loops
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import same_scale
from edgebench.firmware.reading.ops.elementwise.binary import broadcast_steps, loops_of
from edgebench.firmware.wide_layers import Compare, Select
from edgebench.models.tflite.tensors import Tensor

ANSWERS: Mapping[str, tuple[bool, bool, bool]] = {
    "EQUAL": (False, True, False),
    "NOT_EQUAL": (True, False, True),
    "LESS": (True, False, False),
    "LESS_EQUAL": (True, True, False),
    "GREATER": (False, False, True),
    "GREATER_EQUAL": (False, True, True),
}
"""Where the left number is less than the right one, equal to it, greater."""
OF_TRUTHS = ("EQUAL", "NOT_EQUAL")
NOT_SCALED = Multiplier(0, 0)
WIDTHS = (1, 2, 4)
"""Of what SELECT chooses between, in bytes."""


def compare(read: OpReader) -> list[Step]:
    """Read a comparison of int8, int32, or, for equality, of truths."""
    left, right = read.input(0), read.input(1)
    _check_truth(read, read.output)
    if left.type_name != right.type_name:
        raise read.refuse(f"it compares {left.type_name} with {right.type_name}")
    zero_points, multipliers = (0, 0), (NOT_SCALED, NOT_SCALED)
    is_scaled = left.type_name == "INT8"
    if is_scaled:
        scales = (read.int8(left), read.int8(right))
        if not all(0 < scale < 1 for scale, _ in scales):
            raise read.refuse("scales of 1 or more, which the references can't compare")
        zero_points = (scales[0][1], scales[1][1])
        multipliers = (read.multiplier(scales[0][0]), read.multiplier(scales[1][0]))
    elif not (left.type_name == "INT32" or _are_truths(read)):
        raise read.refuse(f"it compares {left.type_name}")
    kind = Compare(
        loops_of(read),
        left.dtype.itemsize,
        is_scaled,
        zero_points,
        multipliers,
        *ANSWERS[read.op.name],
    )
    return [Step("compare", kind, (read.operand(0), read.operand(1)))]


def _are_truths(read: OpReader) -> bool:
    return read.op.name in OF_TRUTHS and read.input(0).type_name == "BOOL"


def both_or_any(read: OpReader) -> list[Step]:
    """Read a LOGICAL_AND or a LOGICAL_OR: the lesser or the greater of two truths."""
    for tensor in (read.input(0), read.input(1), read.output):
        _check_truth(read, tensor)
    function = "minimum" if read.op.name == "LOGICAL_AND" else "maximum"
    return [Step(function, Extreme(loops_of(read)), (read.operand(0), read.operand(1)))]


def negated(read: OpReader) -> list[Step]:
    """Read a LOGICAL_NOT."""
    for tensor in (read.input(0), read.output):
        _check_truth(read, tensor)
    read.check_output(read.input(0).elements)
    table = (np.arange(-128, 128) == 0).astype(np.int8)
    return [Step("look_up", Table(table, read.output.elements), read.op.inputs[:1])]


def select(read: OpReader) -> list[Step]:
    """Read a SELECT or a SELECT_V2."""
    condition, left, right = (read.input(number) for number in range(3))
    output = read.output
    _check_truth(read, condition)
    for each in (left, right):
        same_scale(read, each)
    width = output.dtype.itemsize
    if width not in WIDTHS:
        raise read.refuse(f"`{output.name}` is {output.type_name}")
    shapes = [_condition_shape(read, condition, output), left.shape, right.shape]
    merged = merged_loops(output.shape, *broadcast_steps(read, shapes))
    if merged is None:
        raise read.refuse(f"more than {LOOPS} loops over {' and '.join(map(str, shapes))}")
    counts, of_condition, of_left, of_right = merged
    kind = Select(LoopNest(counts, of_left, of_right), of_condition, width)
    return [Step("select", kind, tuple(read.operand(number) for number in range(3)))]


def _condition_shape(read: OpReader, condition: Tensor, output: Tensor) -> tuple[int, ...]:
    """Return a condition's shape; the one axis of SELECT's may be the output's first."""
    shape = condition.shape
    if read.op.name == "SELECT" and len(shape) == 1 < len(output.shape):
        return (*shape, *(1,) * (len(output.shape) - 1))
    return shape


def _check_truth(read: OpReader, tensor: Tensor) -> None:
    if tensor.type_name != "BOOL":
        raise read.refuse(f"`{tensor.name}` is {tensor.type_name}")


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    **dict.fromkeys(ANSWERS, compare),
    "LOGICAL_AND": both_or_any,
    "LOGICAL_OR": both_or_any,
    "LOGICAL_NOT": negated,
    "SELECT": select,
    "SELECT_V2": select,
}
