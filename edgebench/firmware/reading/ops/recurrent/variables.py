"""Resource variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import whole


def handle(read: OpReader) -> list[Step]:
    """Read a VAR_HANDLE, which computes nothing."""
    read.variables.name_handle(read.output.index, read.options)
    return []


def call_once(read: OpReader) -> list[Step]:
    """Read a CALL_ONCE of a graph that gives variables their first values."""
    read.variables.initialize(read, read.options.initSubgraphIndex)
    return []


def read_variable(read: OpReader) -> list[Step]:
    """Read a READ_VARIABLE: a copy of what the variable holds now."""
    place = read.variables.place(read, read.input(0), read.output)
    return [Step("move", whole(read.output), (place,))]


def assign_variable(read: OpReader) -> list[Step]:
    """Read an ASSIGN_VARIABLE."""
    value = read.input(1)
    place = read.variables.place(read, read.input(0), value)
    return [Step("move", whole(value), (read.operand(1),), place)]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "VAR_HANDLE": handle,
    "CALL_ONCE": call_once,
    "READ_VARIABLE": read_variable,
    "ASSIGN_VARIABLE": assign_variable,
}
