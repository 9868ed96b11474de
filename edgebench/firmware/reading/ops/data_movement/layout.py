"""Ops that only move values: RESHAPE and its like, PAD, TRANSPOSE, STRIDED_SLICE, SLICE."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from edgebench.firmware.copying_layers import Alias, Fill
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import (
    move_of,
    same_scale,
    steps_of,
    whole,
)


def alias(read: OpReader) -> list[Step]:
    """Read a RESHAPE, SQUEEZE or EXPAND_DIMS: a copy from or into what is kept, else no work.

    `in_place.read_in_place` leaves out the copies that it can.
    """
    source, output = read.input(0), read.output
    same_scale(read, source)
    read.check_output(source.elements)
    is_kept = not read.variables.numbers.isdisjoint((source.index, output.index))
    if is_kept or source.is_variable or output.is_variable:
        return [Step("move", whole(output), (read.operand(0),))]
    return [Step("", Alias(), (source.index,))]


def pad(read: OpReader) -> list[Step]:
    """Read a PAD or a PADV2."""
    source, output = read.input(0), read.output
    same_scale(read, source)
    _, value = read.activation(output)  # of int16 it is 0
    if read.op.name == "PADV2":
        same_scale(read, read.input(2))
        values = read.constant(read.input(2), np.int8).ravel()
        if len(values) != 1:
            raise read.refuse(f"{len(values)} values to pad with")
        value = int(values[0])
    pairs = read.integers(read.input(1))
    before, after = pairs[0::2], pairs[1::2]
    if len(pairs) != 2 * len(source.shape) or len(source.shape) != len(output.shape):
        raise read.refuse(f"{len(pairs)} paddings of {list(source.shape)}")
    if min(pairs, default=0) < 0:
        raise read.refuse("a padding below 0")
    read.check_output(
        *(a + size + b for a, size, b in zip(before, source.shape, after, strict=True))
    )
    start = sum(a * b for a, b in zip(before, steps_of(output.shape), strict=True))
    move = move_of(read, source.shape, steps_of(source.shape), steps_of(output.shape), 0, start)
    fill = Fill(value, output.size_bytes)
    return [Step("fill", fill, ()), Step("move", move, read.op.inputs[:1])]


def transpose(read: OpReader) -> list[Step]:
    """Read a TRANSPOSE."""
    source, output = read.input(0), read.output
    same_scale(read, source)
    order = read.integers(read.input(1))
    if sorted(order) != list(range(len(source.shape))):
        raise read.refuse(f"the permutation {order}")
    if tuple(source.shape[axis] for axis in order) != tuple(output.shape):
        raise read.refuse(f"{list(source.shape)} by {order} is not {list(output.shape)}")
    from_steps = steps_of(source.shape)
    chosen = [from_steps[axis] for axis in order]
    move = move_of(read, output.shape, chosen, steps_of(output.shape), 0, 0)
    return [Step("move", move, read.op.inputs[:1])]


def strided_slice(read: OpReader) -> list[Step]:
    """Read a STRIDED_SLICE: constants, any strides, begin, end and shrink masks."""
    source, output = read.input(0), read.output
    same_scale(read, source)
    slices = _slices(read, source.shape)
    sizes = [len(each) for each in slices]
    if prod(sizes) != output.elements:
        raise read.refuse(f"a slice of {prod(sizes)} values for an output of {output.elements}")
    steps = steps_of(source.shape)
    start = sum(each.start * step for each, step in zip(slices, steps, strict=True))
    jumps = [each.step * step for each, step in zip(slices, steps, strict=True)]
    move = move_of(read, sizes, jumps, steps_of(sizes), start, 0)
    return [Step("move", move, read.op.inputs[:1])]


def slice_of(read: OpReader) -> list[Step]:
    """Read a SLICE of constants; a size of -1 takes what is left."""
    source = read.input(0)
    same_scale(read, source)
    begins, sizes = read.integers(read.input(1)), read.integers(read.input(2))
    if not len(begins) == len(sizes) == len(source.shape):
        raise read.refuse(f"a slice of {len(begins)} axes of {len(source.shape)}")
    taken = [
        extent - begin if size == -1 else size
        for extent, begin, size in zip(source.shape, begins, sizes, strict=True)
    ]
    for extent, begin, size in zip(source.shape, begins, taken, strict=True):
        if not 0 <= begin < begin + size <= extent:
            raise read.refuse(f"{size} places from {begin} of {extent}")
    read.check_output(*taken)
    steps = steps_of(source.shape)
    start = sum(begin * step for begin, step in zip(begins, steps, strict=True))
    move = move_of(read, taken, steps, steps_of(taken), start, 0)
    return [Step("move", move, read.op.inputs[:1])]


def _slices(read: OpReader, shape: Sequence[int]) -> list[range]:
    """Return which places of each axis are taken; axes that are not named are taken whole."""
    options = read.options
    if options.ellipsisMask or options.newAxisMask or getattr(options, "offset", False):
        raise read.refuse("an ellipsis, a new axis or an end from the begin in a slice")
    begins, ends, strides = (read.integers(read.input(number)) for number in (1, 2, 3))
    if not len(begins) == len(ends) == len(strides) <= len(shape):
        raise read.refuse(f"a slice of {len(begins)} axes, {len(ends)} and {len(strides)}")
    found = [range(size) for size in shape]
    for axis, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        size, bit = shape[axis], 1 << axis
        if options.shrinkAxisMask & bit:
            if stride < 1:
                raise read.refuse(f"a stride of {stride} at a single place")
            # The references, too, look at the mask of begins first.
            place = 0 if options.beginMask & bit else begin
            if not -size <= place < size:
                raise read.refuse(f"place {place} of {size}")
            found[axis] = range(place % size, place % size + 1)
            continue
        if stride == 0:
            raise read.refuse("a stride of 0")
        first = None if options.beginMask & bit else begin
        last = None if options.endMask & bit else end
        found[axis] = range(size)[slice(first, last, stride)]
    return found
