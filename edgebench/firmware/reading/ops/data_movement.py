"""Ops that only move values: RESHAPE and its like, PAD, CONCATENATION, TRANSPOSE, STRIDED_SLICE."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from edgebench.firmware.layers import LOOPS, Alias, Fill, Move, Step, loop_nest_of
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.models.tflite.tensors import Tensor


def alias(read: OpReader) -> list[Step]:
    """Read a RESHAPE, SQUEEZE or EXPAND_DIMS."""
    _same_scale(read, read.input(0))
    read.check_output(read.input(0).elements)
    return [Step("", Alias(), read.op.inputs[:1])]


def pad(read: OpReader) -> list[Step]:
    """Read a PAD or a PADV2."""
    source, output = read.input(0), read.output
    _same_scale(read, source)
    _, value = read.int8(output)
    if read.op.name == "PADV2":
        value = int(read.constant(read.input(2), np.int8).ravel()[0])
    pairs = read.integers(read.input(1))
    before, after = pairs[0::2], pairs[1::2]
    if len(pairs) != 2 * len(source.shape) or len(source.shape) != len(output.shape):
        raise read.refuse(f"{len(pairs)} paddings of {list(source.shape)}")
    if min(pairs, default=0) < 0:
        raise read.refuse("a padding below 0")
    read.check_output(
        *(a + size + b for a, size, b in zip(before, source.shape, after, strict=True))
    )
    start = sum(a * b for a, b in zip(before, _steps(output.shape), strict=True))
    move = _move(read, source.shape, _steps(source.shape), _steps(output.shape), 0, start)
    return [Step("fill", Fill(value, output.elements), ()), Step("move", move, read.op.inputs[:1])]


def concatenation(read: OpReader) -> list[Step]:
    """Read a CONCATENATION of int8, which the runtime, too, wants to be of one scale."""
    output = read.output
    shape = read.shape(output)
    axis = read.axis(read.options.axis, len(shape))
    steps, place = [], 0
    for number in range(len(read.op.inputs)):
        source = read.input(number)
        _same_scale(read, source)
        read.shape(source, len(shape))
        to = _steps(shape)
        move = _move(read, source.shape, _steps(source.shape), to, 0, place * to[axis])
        steps.append(Step("move", move, (read.operand(number),)))
        if any(
            size != output.shape[each] for each, size in enumerate(source.shape) if each != axis
        ):
            raise read.refuse(f"a part of {list(source.shape)} for {list(output.shape)}")
        place += source.shape[axis]
    if place != output.shape[axis]:
        raise read.refuse(f"parts of {place} for an output of {output.shape[axis]}")
    return steps


def transpose(read: OpReader) -> list[Step]:
    """Read a TRANSPOSE."""
    source, output = read.input(0), read.output
    _same_scale(read, source)
    order = read.integers(read.input(1))
    if sorted(order) != list(range(len(source.shape))):
        raise read.refuse(f"the permutation {order}")
    if tuple(source.shape[axis] for axis in order) != tuple(output.shape):
        raise read.refuse(f"{list(source.shape)} by {order} is not {list(output.shape)}")
    from_steps = _steps(source.shape)
    chosen = [from_steps[axis] for axis in order]
    move = _move(read, output.shape, chosen, _steps(output.shape), 0, 0)
    return [Step("move", move, read.op.inputs[:1])]


def strided_slice(read: OpReader) -> list[Step]:
    """Read a STRIDED_SLICE: constants, any strides, begin, end and shrink masks."""
    source, output = read.input(0), read.output
    _same_scale(read, source)
    slices = _slices(read, source.shape)
    sizes = [len(each) for each in slices]
    if prod(sizes) != output.elements:
        raise read.refuse(f"a slice of {prod(sizes)} values for an output of {output.elements}")
    steps = _steps(source.shape)
    start = sum(each.start * step for each, step in zip(slices, steps, strict=True))
    jumps = [each.step * step for each, step in zip(slices, steps, strict=True)]
    move = _move(read, sizes, jumps, _steps(sizes), start, 0)
    return [Step("move", move, read.op.inputs[:1])]


def _slices(read: OpReader, shape: Sequence[int]) -> list[range]:
    """Return which places of each axis are taken; axes that are not named are taken whole."""
    options = read.options
    if options.ellipsisMask or options.newAxisMask:
        raise read.refuse("an ellipsis or a new axis in a slice")
    begins, ends, strides = (read.integers(read.input(number)) for number in (1, 2, 3))
    if not len(begins) == len(ends) == len(strides) <= len(shape):
        raise read.refuse(f"a slice of {len(begins)} axes, {len(ends)} and {len(strides)}")
    found = [range(size) for size in shape]
    for axis, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        size, bit = shape[axis], 1 << axis
        if options.shrinkAxisMask & bit:
            if not -size <= begin < size:
                raise read.refuse(f"place {begin} of {size}")
            found[axis] = range(begin % size, begin % size + 1)
            continue
        if stride == 0:
            raise read.refuse("a stride of 0")
        first = None if options.beginMask & bit else begin
        last = None if options.endMask & bit else end
        found[axis] = range(size)[slice(first, last, stride)]
    return found


def _same_scale(read: OpReader, source: Tensor) -> None:
    if source.quantization != read.output.quantization or (
        source.type_name != read.output.type_name
    ):
        raise read.refuse(f"`{source.name}` and the output are of different scales or types")


def _steps(shape: Sequence[int]) -> list[int]:
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _move(
    read: OpReader,
    shape: Sequence[int],
    from_steps: Sequence[int],
    to_steps: Sequence[int],
    from_start: int,
    to_start: int,
) -> Move:
    """Return the fewest loops that move a shape of values, the innermost a run of bytes."""
    width = read.output.size_bytes // max(read.output.elements, 1)
    sizes, lefts, rights = list(shape), list(from_steps), list(to_steps)
    run = 1
    while sizes and (sizes[-1] == 1 or lefts[-1] == rights[-1] == run):
        run *= sizes.pop()
        lefts.pop()
        rights.pop()
    loops = loop_nest_of(sizes, [width * each for each in lefts], [width * each for each in rights])
    if loops is None:
        raise read.refuse(f"more than {LOOPS} loops over {list(shape)}")
    return Move(run * width, loops, from_start * width, to_start * width)
