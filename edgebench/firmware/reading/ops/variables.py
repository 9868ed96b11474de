"""Resource variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from edgebench.firmware.copying_layers import Alias, Move
from edgebench.firmware.layers import Layer, Step
from edgebench.firmware.loop_nest import LoopNest
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.models.tflite.tensors import Tensor

ONCE = LoopNest((1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0))


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


def whole(tensor: Tensor) -> Move:
    """Return a copy of all bytes of a tensor."""
    return Move(tensor.size_bytes, ONCE, 0, 0)


def read_in_place(
    layers: Sequence[Layer], states: Collection[int], outputs: Collection[int]
) -> list[Layer]:
    """Return layers in which what is read of a variable is its memory where that is the same.

    It is the same if nothing is assigned to the variable before the last use of what was read, and
    the caller's outputs have memory of their own.
    """
    found = list(layers)
    for place, layer in enumerate(layers):
        if layer.op_name != "READ_VARIABLE":
            continue
        state = next((each for each in layer.inputs if each in states), None)
        if state is None:  # the same op's table of uint8, which reads what was read
            continue
        names, last = {layer.output}, place
        for later in range(place + 1, len(layers)):
            if names & set(layers[later].inputs):
                last = later
                if isinstance(layers[later].kind, Alias):
                    names.add(layers[later].output)
        is_changed = any(each.output == state for each in layers[place : last + 1])
        if not is_changed and names.isdisjoint(outputs):
            found[place] = replace(layer, function="", kind=Alias())
    return found


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "VAR_HANDLE": handle,
    "CALL_ONCE": call_once,
    "READ_VARIABLE": read_variable,
    "ASSIGN_VARIABLE": assign_variable,
}
