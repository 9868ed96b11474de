"""Ops that copy values more than once, or some of them: TILE, GATHER, blocks against depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from edgebench.firmware.copying_layers import Gather
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import move_of, same_scale, steps_of


def tile(read: OpReader) -> list[Step]:
    """Read a TILE by constant numbers."""
    source = read.input(0)
    same_scale(read, source)
    times = read.integers(read.input(1))
    if len(times) != len(source.shape) or min(times, default=0) < 1:
        raise read.refuse(f"{times} times {list(source.shape)}")
    shape = [size * count for size, count in zip(source.shape, times, strict=True)]
    read.check_output(*shape)
    return _repeated(read, shape, times)


def broadcast_to(read: OpReader) -> list[Step]:
    """Read a BROADCAST_TO of a constant shape."""
    source = read.input(0)
    same_scale(read, source)
    shape = read.integers(read.input(1))
    if len(shape) != len(source.shape) or min(shape, default=1) < 1:
        raise read.refuse(f"{list(source.shape)} to {shape}")
    read.check_output(*shape)
    if any(size not in (1, wanted) for size, wanted in zip(source.shape, shape, strict=True)):
        raise read.refuse(f"{list(source.shape)} to {shape}")
    times = [wanted // size for size, wanted in zip(source.shape, shape, strict=True)]
    return _repeated(read, shape, times)


def _repeated(read: OpReader, shape: list[int], times: list[int]) -> list[Step]:
    """Return a move whose loops are, for each axis, the repeats and the values."""
    source = read.input(0)
    sizes, lefts, rights = [], [], []
    for size, count, left, right in zip(
        source.shape, times, steps_of(source.shape), steps_of(shape), strict=True
    ):
        sizes += [count, size]
        lefts += [0, left]
        rights += [size * right, right]
    return [Step("move", move_of(read, sizes, lefts, rights, 0, 0), (read.operand(0),))]


def gather(read: OpReader) -> list[Step]:
    """Read a GATHER by constant indices: a move where they are even steps."""
    source = read.input(0)
    same_scale(read, source)
    if read.options.batchDims:
        raise read.refuse("batch dimensions")
    shape = read.shape(source)
    axis = read.axis(read.options.axis, len(shape))
    indices = read.integers(read.input(1))
    if not all(0 <= each < shape[axis] for each in indices):
        raise read.refuse(f"indices outside 0 to {shape[axis] - 1}")
    read.check_output(*shape[:axis], len(indices), *shape[axis + 1 :])
    return _chosen(read, prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :]), indices)


def gather_nd(read: OpReader) -> list[Step]:
    """Read a GATHER_ND by constant indices, each of which names a place along the first axes."""
    source, places = read.input(0), read.input(1)
    same_scale(read, source)
    shape, listed = read.shape(source), read.shape(places)
    axes = listed[-1]
    if axes > len(shape):
        raise read.refuse(f"places of {axes} axes in {list(shape)}")
    rows = np.array(read.integers(places), np.int64).reshape(-1, axes)
    if (rows < 0).any() or (rows >= shape[:axes]).any():
        raise read.refuse(f"places outside {list(shape[:axes])}")
    read.check_output(len(rows), *shape[axes:])
    indices = [int(each) for each in rows @ np.array(steps_of(shape[:axes]), np.int64)]
    return _chosen(read, 1, prod(shape[:axes]), prod(shape[axes:]), indices)


def _chosen(read: OpReader, outer: int, size: int, inner: int, indices: list[int]) -> list[Step]:
    """Return the step that takes places of the middle of three axes: a move if they are even."""
    count = len(indices)
    jump = indices[1] - indices[0] if count > 1 else 1
    if indices == [indices[0] + jump * place for place in range(count)]:
        lefts, rights = [size * inner, jump * inner, 1], [count * inner, inner, 1]
        move = move_of(read, [outer, count, inner], lefts, rights, indices[0] * inner, 0)
        return [Step("move", move, (read.operand(0),))]
    width = read.output.size_bytes // read.output.elements
    kind = Gather(np.array(indices, np.int32), count, outer, size, inner * width)
    return [Step("gather", kind, (read.operand(0),))]


def depth_to_space(read: OpReader) -> list[Step]:
    """Read a DEPTH_TO_SPACE."""
    source = read.image(read.input(0))
    same_scale(read, read.input(0))
    block = _block(read)
    channels = source.channels // block**2
    if channels * block**2 != source.channels:
        raise read.refuse(f"blocks of {block} x {block} of {source.channels} channels")
    read.check_output(source.height * block, source.width * block, channels)
    small, large = _block_steps(source.width, block, channels)
    sizes = [source.height, block, source.width, block, channels]
    return [Step("move", move_of(read, sizes, small, large, 0, 0), read.op.inputs[:1])]


def space_to_depth(read: OpReader) -> list[Step]:
    """Read a SPACE_TO_DEPTH."""
    source = read.image(read.input(0))
    same_scale(read, read.input(0))
    block = _block(read)
    if source.height % block or source.width % block:
        raise read.refuse(f"blocks of {block} x {block} of {source.height} x {source.width}")
    height, width = source.height // block, source.width // block
    read.check_output(height, width, source.channels * block**2)
    small, large = _block_steps(width, block, source.channels)
    sizes = [height, block, width, block, source.channels]
    return [Step("move", move_of(read, sizes, large, small, 0, 0), read.op.inputs[:1])]


def _block(read: OpReader) -> int:
    block: int = read.options.blockSize
    if block < 1:
        raise read.refuse(f"blocks of {block}")
    return block


def _block_steps(width: int, block: int, channels: int) -> tuple[list[int], list[int]]:
    """Return the steps of (row, row in the block, column, column in the block, channel).

    First in the image whose pixels are whole blocks, then in the large one.
    """
    pixel = block * block * channels
    row = width * block * channels
    return (
        [width * pixel, block * channels, pixel, channels, 1],
        [block * row, row, block * channels, channels, 1],
    )


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "TILE": tile,
    "BROADCAST_TO": broadcast_to,
    "GATHER": gather,
    "GATHER_ND": gather_nd,
    "DEPTH_TO_SPACE": depth_to_space,
    "SPACE_TO_DEPTH": space_to_depth,
}
