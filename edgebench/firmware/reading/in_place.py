"""Find the layers that may read a state in place, and those that may overwrite it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from edgebench.firmware.copying_layers import Alias, Move
from edgebench.firmware.layers import IN_PLACE, Layer
from edgebench.firmware.reading.op_reader import OpReader

COPIES = frozenset({"READ_VARIABLE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS"})
"""Ops that read a state as it is."""


def check_overwrites(read: OpReader, layers: Sequence[Layer], states: Collection[int]) -> None:
    """Refuse an op that would write over a state that it still reads.

    Raises
    ------
    OpRefused
        With the state.
    """
    for state in {*read.op.inputs} & {*read.op.outputs} & {*states}:
        if len(layers) != 1 or layers[0].function not in IN_PLACE:
            raise read.refuse(
                f"it writes over `{read.tensors[state].name}`, which it still reads",
                "give the op an output of its own",
            )


def read_in_place(
    layers: Sequence[Layer], states: Collection[int], outputs: Collection[int]
) -> list[Layer]:
    """Return layers in which what is read of a state is its memory where that is the same.

    It is the same if nothing changes the state before the last use of what was read, and the
    caller's outputs have memory of their own.
    """
    found = list(layers)
    for place, layer in enumerate(layers):
        if layer.op_name not in COPIES or layer.output in states:
            continue
        if not isinstance(layer.kind, Move):
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
        is_changed = any(
            state == each.output or state in each.states for each in layers[place : last + 1]
        )
        if not is_changed and names.isdisjoint(outputs):
            found[place] = replace(layer, function="", kind=Alias())
    return found
