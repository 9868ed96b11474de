"""Models of one op that copies values, drawn at random: parts, repeats, resized images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers.drawn import Drawn


def _integers(name: str, values: Sequence[Any]) -> NewTensor:
    array = np.array(values, np.int32)
    return NewTensor(name, array.shape, "int32", None, array)


def _copy(
    draw: Drawn,
    op: NewOp,
    shape: Sequence[int],
    out: Sequence[int],
    *others: NewTensor,
    same: Quantization | None = None,
) -> NewModel:
    """Return a model of an op whose input and output have one scale."""
    scale = same or draw.int8()
    return NewModel(
        [
            NewTensor("in", tuple(shape), "int8", scale),
            NewTensor("out", tuple(out), "int8", scale),
            *others,
        ],
        [op],
        ["in"],
        ["out"],
    )


def _apart(
    draw: Drawn,
    op: Callable[..., NewOp],
    shape: Sequence[int],
    axis: int,
    sizes: Sequence[int],
    *others: NewTensor,
    keeps_axis: bool = True,
) -> NewModel:
    """Return a model that gives one of the parts that an op makes, drawn."""
    scale, names = draw.int8(), [f"part{place}" for place in range(len(sizes))]
    parts = []
    for name, size in zip(names, sizes, strict=True):
        part = [*shape[:axis], *([size] if keeps_axis else []), *shape[axis + 1 :]]
        parts.append(NewTensor(name, tuple(part), "int8", scale))
    return NewModel(
        [NewTensor("in", tuple(shape), "int8", scale), *parts, *others],
        [op(tuple(names))],
        ["in"],
        [draw.one_of(*names)],
    )


def concatenation_of_scales(draw: Drawn) -> NewModel:
    """Return a model that joins its input and a constant of other scales, as uint8 may."""
    shape = _some_shape(draw, 2, 4)
    axis = draw.pick(0, len(shape) - 1)
    other = [draw.pick(1, 3) if place == axis else size for place, size in enumerate(shape)]
    out = [
        a + b if place == axis else a for place, (a, b) in enumerate(zip(shape, other, strict=True))
    ]
    after = draw.int8()
    before, constant = (
        draw.one_of(after, Quantization((draw.scale(),), draw.int8().zero_points)) for _ in range(2)
    )
    return NewModel(
        [
            NewTensor("in", tuple(shape), "int8", before),
            NewTensor("out", tuple(out), "int8", after),
            NewTensor("c", tuple(other), "int8", constant, draw.values(other, -128, 127, "int8")),
        ],
        [
            NewOp(
                "CONCATENATION",
                draw.one_of(("in", "c"), ("c", "in")),
                ("out",),
                ("Concatenation", {"axis": axis}),
            )
        ],
        ["in"],
        ["out"],
    )


def _some_shape(draw: Drawn, least: int = 1, most: int = 4) -> list[int]:
    return [draw.pick(1, 4) for _ in range(draw.pick(least, most))]


def split(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    axis, count = draw.pick(0, len(shape) - 1), draw.pick(1, 3)
    part = shape[axis]
    shape[axis] *= count
    named = draw.one_of(axis, axis - len(shape))
    return _apart(
        draw,
        lambda outputs: NewOp("SPLIT", ("axis", "in"), outputs, ("Split", {"numSplits": count})),
        shape,
        axis,
        [part] * count,
        NewTensor("axis", (), "int32", None, np.array(named, np.int32)),
    )


def split_v(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    axis = draw.pick(0, len(shape) - 1)
    sizes = [draw.pick(1, 3) for _ in range(draw.pick(1, 3))]
    shape[axis] = sum(sizes)
    named = list(sizes)
    if draw.pick(0, 1):
        named[draw.pick(0, len(sizes) - 1)] = -1
    return _apart(
        draw,
        lambda outputs: NewOp(
            "SPLIT_V", ("in", "sizes", "axis"), outputs, ("SplitV", {"numSplits": len(sizes)})
        ),
        shape,
        axis,
        sizes,
        _integers("sizes", named),
        NewTensor("axis", (), "int32", None, np.array(axis, np.int32)),
    )


def unpack(draw: Drawn) -> NewModel:
    shape = _some_shape(draw, 2)
    axis = draw.pick(0, len(shape) - 1)
    options = {"num": shape[axis], "axis": draw.one_of(axis, axis - len(shape))}
    return _apart(
        draw,
        lambda outputs: NewOp("UNPACK", ("in",), outputs, ("Unpack", options)),
        shape,
        axis,
        [1] * shape[axis],
        keeps_axis=False,
    )


def pack(draw: Drawn) -> NewModel:
    shape = _some_shape(draw, 1, 3)
    axis, same = draw.pick(0, len(shape)), draw.int8()
    operands = draw.one_of(("in", "c"), ("c", "in"), ("c", "in", "c"), ("in", "in"), ("in",))
    out = [*shape[:axis], len(operands), *shape[axis:]]
    options = {"valuesCount": len(operands), "axis": draw.one_of(axis, axis - len(out))}
    constant = NewTensor("c", tuple(shape), "int8", same, draw.values(shape, -128, 127, "int8"))
    op = NewOp("PACK", operands, ("out",), ("Pack", options))
    return _copy(draw, op, shape, out, constant, same=same)


def slice_(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    begins = [draw.pick(0, size - 1) for size in shape]
    sizes = [draw.pick(1, size - begin) for size, begin in zip(shape, begins, strict=True)]
    named = [
        -1 if draw.pick(0, 2) == 0 and begin + size == whole else size
        for whole, begin, size in zip(shape, begins, sizes, strict=True)
    ]
    op = NewOp("SLICE", ("in", "begins", "sizes"), ("out",), ("Slice", {}))
    return _copy(draw, op, shape, sizes, _integers("begins", begins), _integers("sizes", named))


def gather(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    axis, count = draw.pick(0, len(shape) - 1), draw.pick(1, 6)
    start, jump = draw.pick(0, shape[axis] - 1), draw.one_of(0, 1, -1, 2)
    even = [start + jump * place for place in range(count)]
    odd = [draw.pick(0, shape[axis] - 1) for _ in range(count)]
    indices = even if all(0 <= each < shape[axis] for each in even) else odd
    out = [*shape[:axis], count, *shape[axis + 1 :]]
    options = {"axis": axis, "batchDims": 0}
    op = NewOp("GATHER", ("in", "i"), ("out",), ("Gather", options))
    return _copy(draw, op, shape, out, _integers("i", indices))


def gather_nd(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    axes, count = draw.pick(1, len(shape)), draw.pick(1, 5)
    places = [[draw.pick(0, size - 1) for size in shape[:axes]] for _ in range(count)]
    op = NewOp("GATHER_ND", ("in", "i"), ("out",), ("GatherNd", {}))
    return _copy(draw, op, shape, [count, *shape[axes:]], _integers("i", places))


def reverse_v2(draw: Drawn) -> NewModel:
    shape = _some_shape(draw)
    axis = draw.pick(0, len(shape) - 1)
    axes = draw.one_of([axis], [axis - len(shape)], [*range(axis, len(shape))])
    op = NewOp("REVERSE_V2", ("in", "a"), ("out",), ("ReverseV2", {}))
    return _copy(draw, op, shape, shape, _integers("a", axes))


def mirror_pad(draw: Drawn) -> NewModel:
    shape, mode = _some_shape(draw), draw.pick(0, 1)
    most = [size - 1 + mode for size in shape]
    pairs = [[draw.pick(0, each), draw.pick(0, each)] for each in most]
    out = [size + sum(pair) for size, pair in zip(shape, pairs, strict=True)]
    op = NewOp("MIRROR_PAD", ("in", "p"), ("out",), ("MirrorPad", {"mode": mode}))
    return _copy(draw, op, shape, out, _integers("p", pairs))


def _batch(draw: Drawn) -> tuple[list[int], list[int], list[NewTensor]]:
    """Return an image, the batch of its blocks, and the blocks and their edges."""
    block = [draw.pick(1, 3) for _ in range(draw.pick(1, 2))]
    small = [draw.pick(1, 4) for _ in block]
    edges = [[draw.pick(0, each - 1), draw.pick(0, each - 1)] for each in block]
    for axis, (size, count) in enumerate(zip(small, block, strict=True)):
        if size * count <= sum(edges[axis]):
            edges[axis] = [0, 0]
    image = [s * b - sum(e) for s, b, e in zip(small, block, edges, strict=True)]
    samples, channels = draw.pick(1, 2), draw.pick(1, 4)
    batch = [samples * int(np.prod(block)), *small, channels]
    return (
        [samples, *image, channels],
        batch,
        [_integers("block", block), _integers("edges", edges)],
    )


def space_to_batch_nd(draw: Drawn) -> NewModel:
    image, batch, others = _batch(draw)
    op = NewOp("SPACE_TO_BATCH_ND", ("in", "block", "edges"), ("out",), ("SpaceToBatchND", {}))
    return _copy(draw, op, image, batch, *others)


def batch_to_space_nd(draw: Drawn) -> NewModel:
    image, batch, others = _batch(draw)
    op = NewOp("BATCH_TO_SPACE_ND", ("in", "block", "edges"), ("out",), ("BatchToSpaceND", {}))
    return _copy(draw, op, batch, image, *others)


def tile(draw: Drawn) -> NewModel:
    shape = _some_shape(draw, 1, 3)
    times = [draw.pick(1, 3) if axis < 2 else 1 for axis in range(len(shape))]
    out = [size * count for size, count in zip(shape, times, strict=True)]
    return _copy(
        draw, NewOp("TILE", ("in", "t"), ("out",), ("Tile", {})), shape, out, _integers("t", times)
    )


def broadcast_to(draw: Drawn) -> NewModel:
    out = _some_shape(draw, 1, 3)
    shape = [draw.one_of(1, size) for size in out]
    op = NewOp("BROADCAST_TO", ("in", "s"), ("out",), ("BroadcastTo", {}), version=3)
    return _copy(draw, op, shape, out, _integers("s", out))


def _block(draw: Drawn) -> tuple[int, list[int], list[int]]:
    """Return a block's side, a shape with depth and the same with height and width."""
    side, height, width, channels = (draw.pick(1, 3) for _ in range(4))
    return (
        side,
        [1, height, width, channels * side * side],
        [1, height * side, width * side, channels],
    )


def depth_to_space(draw: Drawn) -> NewModel:
    side, deep, wide = _block(draw)
    op = NewOp("DEPTH_TO_SPACE", ("in",), ("out",), ("DepthToSpace", {"blockSize": side}))
    return _copy(draw, op, deep, wide)


def space_to_depth(draw: Drawn) -> NewModel:
    side, deep, wide = _block(draw)
    op = NewOp("SPACE_TO_DEPTH", ("in",), ("out",), ("SpaceToDepth", {"blockSize": side}))
    return _copy(draw, op, wide, deep)


def _resize(draw: Drawn, name: str, options: str) -> NewModel:
    height, width, channels = draw.pick(1, 6), draw.pick(1, 6), draw.pick(1, 5)
    size = [draw.pick(1, 13), draw.pick(1, 13)]
    if draw.pick(0, 1):
        size = [2 * height, 2 * width]
    corners, centers = draw.one_of((False, False), (True, False), (False, True))
    op = NewOp(
        name,
        ("in", "size"),
        ("out",),
        (options, {"alignCorners": corners, "halfPixelCenters": centers}),
    )
    sizes = _integers("size", size)
    return _copy(draw, op, [1, height, width, channels], [1, *size, channels], sizes)


def resize_nearest_neighbor(draw: Drawn) -> NewModel:
    return _resize(draw, "RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighbor")


def resize_bilinear(draw: Drawn) -> NewModel:
    return _resize(draw, "RESIZE_BILINEAR", "ResizeBilinear")


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    each.__name__: each
    for each in (
        split,
        split_v,
        unpack,
        pack,
        slice_,
        gather,
        gather_nd,
        reverse_v2,
        mirror_pad,
        space_to_batch_nd,
        batch_to_space_nd,
        tile,
        broadcast_to,
        depth_to_space,
        space_to_depth,
        resize_nearest_neighbor,
        resize_bilinear,
    )
}
