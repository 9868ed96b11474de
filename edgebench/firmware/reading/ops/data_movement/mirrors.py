"""Ops that turn values round: REVERSE_V2 and MIRROR_PAD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import move_of, same_scale, steps_of
from edgebench.models.tflite.flatbuffer.schema import names_of


@dataclass(frozen=True)
class _Part:
    """Places of an axis of the output: the first, how many, and the input's, up or down."""

    first: int
    count: int
    source: int
    way: int


def reverse(read: OpReader) -> list[Step]:
    """Read a REVERSE_V2 of constant axes."""
    source = read.input(0)
    same_scale(read, source)
    shape = read.shape(source)
    axes = {read.axis(each, len(shape)) for each in read.integers(read.input(1))}
    if read.output.shape != shape:
        raise read.refuse(f"{list(shape)} turned to {list(read.output.shape)}")
    parts = [
        _Part(0, size, size - 1, -1) if axis in axes else _Part(0, size, 0, 1)
        for axis, size in enumerate(shape)
    ]
    return [_step(read, parts)]


def mirror_pad(read: OpReader) -> list[Step]:
    """Read a MIRROR_PAD: a move for each side of each axis, and for each corner."""
    source = read.input(0)
    same_scale(read, source)
    shape, pairs = read.shape(source), read.integers(read.input(1))
    mode = names_of("MirrorPadMode").get(read.options.mode)
    if mode is None or len(pairs) != 2 * len(shape):
        raise read.refuse(f"the mode {read.options.mode}, {len(pairs)} paddings of {list(shape)}")
    edge = 1 if mode == "REFLECT" else 0  # the outermost value is not repeated
    axes, sizes = [], []
    for size, before, after in zip(shape, pairs[0::2], pairs[1::2], strict=True):
        if not 0 <= min(before, after) <= max(before, after) <= size - edge:
            raise read.refuse(f"{before} and {after} values to mirror of {size}")
        parts = (
            _Part(0, before, before - 1 + edge, -1),
            _Part(before, size, 0, 1),
            _Part(before + size, after, size - 1 - edge, -1),
        )
        axes.append([each for each in parts if each.count])
        sizes.append(before + size + after)
    if list(read.output.shape) != sizes:
        raise read.refuse(f"{list(shape)} padded to {list(read.output.shape)}, not {sizes}")
    return [_step(read, parts) for parts in product(*axes)]


def _step(read: OpReader, parts: tuple[_Part, ...] | list[_Part]) -> Step:
    source, output = steps_of(read.input(0).shape), steps_of(read.output.shape)
    move = move_of(
        read,
        [each.count for each in parts],
        [each.way * step for each, step in zip(parts, source, strict=True)],
        output,
        sum(each.source * step for each, step in zip(parts, source, strict=True)),
        sum(each.first * step for each, step in zip(parts, output, strict=True)),
    )
    return Step("move", move, (read.operand(0),))


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "REVERSE_V2": reverse,
    "MIRROR_PAD": mirror_pad,
}
