"""Ops that put tensors together or take them apart.

CONCATENATION, PACK, SPLIT, SPLIT_V, UNPACK and DYNAMIC_UPDATE_SLICE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.copying_layers import Move, MoveTable
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import (
    move_of,
    same_scale,
    steps_of,
    whole,
)
from edgebench.firmware.reading.unsigned import MOVED

FAR = 1e6
"""Beyond any stored number."""


def concatenation(read: OpReader) -> list[Step]:
    """Read a CONCATENATION.

    Parts of other scales than the output's are scaled in uint8; in int8 both runtimes refuse them.
    """
    output = read.output
    shape = read.shape(output)
    axis = read.axis(read.options.axis, len(shape))
    steps, place = [], 0
    for number in range(len(read.op.inputs)):
        source = read.input(number)
        read.shape(source, len(shape))
        to = steps_of(shape)
        move = move_of(read, source.shape, steps_of(source.shape), to, 0, place * to[axis])
        steps.append(_joined(read, number, move))
        if any(
            size != output.shape[each] for each, size in enumerate(source.shape) if each != axis
        ):
            raise read.refuse(f"a part of {list(source.shape)} for {list(output.shape)}")
        place += source.shape[axis]
    if place != output.shape[axis]:
        raise read.refuse(f"parts of {place} for an output of {output.shape[axis]}")
    return steps


def _joined(read: OpReader, number: int, move: Move) -> Step:
    """Return the step that puts a part where it belongs."""
    source, output = read.input(number), read.output
    if read.is_unsigned and source.quantization != output.quantization:
        table = _rescaled(read, read.int8(source), read.int8(output))
        return Step("move_table", MoveTable(table, move), (read.operand(number),))
    same_scale(read, source)
    return Step("move", move, (read.operand(number),))


def _rescaled(
    read: OpReader, source: tuple[float, int], output: tuple[float, int]
) -> NDArray[np.int8]:
    """Return the answers to all bytes, which the runtime computes of uint8 in float32."""
    with np.errstate(over="ignore"):
        scale = np.float32(source[0]) * (np.float32(1) / np.float32(output[0]))
        if not np.isfinite(scale * np.float32(4 * MOVED)):  # more than any of the sums below
            raise read.refuse(f"the scales {source[0]:.3g} and {output[0]:.3g}")
        bias = np.float32(-(source[1] + MOVED)) * scale
        reals = np.arange(2 * MOVED, dtype=np.float32) * scale + bias
    limited = np.clip(reals.astype(np.float64), -FAR, FAR)
    whole = np.copysign(np.floor(np.abs(limited) + 0.5), limited) + output[1] + MOVED
    table: NDArray[np.int8] = (np.clip(whole, 0, 255) - MOVED).astype(np.int8)
    return table


def pack(read: OpReader) -> list[Step]:
    """Read a PACK: inputs of one shape, side by side along a new axis."""
    output = read.output
    shape = read.shape(output)
    axis = read.axis(read.options.axis, len(shape))
    if shape[axis] != len(read.op.inputs):
        raise read.refuse(f"{len(read.op.inputs)} inputs for {shape[axis]} places")
    part = (*shape[:axis], 1, *shape[axis + 1 :])
    to, steps = steps_of(shape), []
    for place in range(shape[axis]):
        source = read.input(place)
        same_scale(read, source)
        if tuple(source.shape) != (*shape[:axis], *shape[axis + 1 :]):
            raise read.refuse(f"a part of {list(source.shape)} for {list(shape)}")
        move = move_of(read, part, steps_of(part), to, 0, place * to[axis])
        steps.append(Step("move", move, (read.operand(place),)))
    return steps


def split(read: OpReader) -> list[Step]:
    """Read a SPLIT into parts of one size; its first input is the axis."""
    source = read.input(1)
    shape = read.shape(source)
    axis = read.axis(_one(read, 0), len(shape))
    count = len(read.op.outputs)
    if not count or shape[axis] % count:
        raise read.refuse(f"{count} parts of {shape[axis]}")
    return _apart(read, 1, axis, [shape[axis] // count] * count)


def split_v(read: OpReader) -> list[Step]:
    """Read a SPLIT_V into parts of given sizes; one may be -1, for what is left."""
    source = read.input(0)
    shape = read.shape(source)
    axis = read.axis(_one(read, 2), len(shape))
    sizes = read.integers(read.input(1))
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = shape[axis] - sum(sizes) - 1
    if len(sizes) != len(read.op.outputs) or sum(sizes) != shape[axis] or min(sizes) < 1:
        raise read.refuse(f"parts of {sizes} of {shape[axis]}")
    return _apart(read, 0, axis, sizes)


def unpack(read: OpReader) -> list[Step]:
    """Read an UNPACK: a part for each place of an axis, without that axis."""
    shape = read.shape(read.input(0))
    axis = read.axis(read.options.axis, len(shape))
    if len(read.op.outputs) != shape[axis]:
        raise read.refuse(f"{len(read.op.outputs)} outputs for {shape[axis]} places")
    return _apart(read, 0, axis, [1] * shape[axis])


def _one(read: OpReader, number: int) -> int:
    values = read.integers(read.input(number))
    if len(values) != 1:
        raise read.refuse(f"{len(values)} axes")
    return values[0]


def _apart(read: OpReader, number: int, axis: int, sizes: Sequence[int]) -> list[Step]:
    """Return a move into each output: so many places of an axis, one part behind the other."""
    source = read.input(number)
    start, steps = 0, []
    from_steps = steps_of(source.shape)
    for place, size in enumerate(sizes):
        output = read.output_at(place)
        same_scale(read, source, output)
        part = [*source.shape]
        part[axis] = size
        read.check_output(*part, output=output)
        move = move_of(read, part, from_steps, steps_of(part), start * from_steps[axis], 0)
        steps.append(Step("move", move, (read.operand(number),), output.index))
        start += size
    return steps


def dynamic_update_slice(read: OpReader) -> list[Step]:
    """Read a DYNAMIC_UPDATE_SLICE at a constant place, which is kept within the output."""
    source, update, output = read.input(0), read.input(1), read.output
    for each in (source, update):
        same_scale(read, each)
    read.check_output(*source.shape)
    starts = read.integers(read.input(2))
    rank = len(read.shape(source))
    if len(starts) != rank or len(update.shape) != rank:
        raise read.refuse(f"a part of {list(update.shape)} at {starts} of {list(source.shape)}")
    if any(part > size for part, size in zip(update.shape, source.shape, strict=True)):
        raise read.refuse(f"a part of {list(update.shape)} in {list(source.shape)}")
    places = [
        min(max(start, 0), size - part)
        for start, size, part in zip(starts, source.shape, update.shape, strict=True)
    ]
    steps = steps_of(output.shape)
    first = sum(place * step for place, step in zip(places, steps, strict=True))
    move = move_of(read, update.shape, steps_of(update.shape), steps, 0, first)
    return [
        Step("move", whole(output), (read.operand(0),)),
        Step("move", move, (read.operand(1),)),
    ]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "CONCATENATION": concatenation,
    "DYNAMIC_UPDATE_SLICE": dynamic_update_slice,
    "PACK": pack,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "UNPACK": unpack,
}
