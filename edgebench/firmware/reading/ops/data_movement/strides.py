"""Strides and loops over a shape, for ops that copy values."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from edgebench.firmware.copying_layers import Move
from edgebench.firmware.loop_nest import LOOPS, LoopNest, loop_nest_of
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.models.tflite.tensors import Tensor

ONCE = LoopNest((1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0))


def whole(tensor: Tensor) -> Move:
    """Return a copy of all bytes of a tensor."""
    return Move(tensor.size_bytes, ONCE, 0, 0)


def same_scale(read: OpReader, source: Tensor, output: Tensor | None = None) -> None:
    """Refuse an op that copies values between tensors of different scales or types."""
    output = output or read.output
    if source.quantization != output.quantization or source.type_name != output.type_name:
        raise read.refuse(f"`{source.name}` and the output are of different scales or types")


def steps_of(shape: Sequence[int]) -> list[int]:
    """Return the distance between neighbours along each axis."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def move_of(
    read: OpReader,
    shape: Sequence[int],
    from_steps: Sequence[int],
    to_steps: Sequence[int],
    from_start: int,
    to_start: int,
) -> Move:
    """Return the fewest loops that move a shape of values, the innermost a run of bytes."""
    width = read.output.size_bytes // read.output.elements
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
