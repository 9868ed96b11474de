"""Blocks of an image against a batch: SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from edgebench.firmware.copying_layers import Fill
from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import move_of, same_scale, steps_of

RANKS = (3, 4)
"""Of what the references take."""
MOST_PLACES = 1024
"""Of a block: each is a move of its own."""


@dataclass(frozen=True)
class _Blocks:
    """An image in blocks: the edges around it, and the same values as a batch of small images."""

    block: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]
    image: tuple[int, ...]
    batch: tuple[int, ...]


@dataclass(frozen=True)
class _Place:
    """The values that lie at one place of all blocks."""

    sizes: list[int]
    image_steps: list[int]
    batch_steps: list[int]
    image_start: int
    batch_start: int


def space_to_batch(read: OpReader) -> list[Step]:
    """Read a SPACE_TO_BATCH_ND of constant blocks and paddings."""
    found = _blocks(read, read.input(0).shape, read.output.shape)
    steps = []
    if any((*found.before, *found.after)):
        _, zero_point = read.activation(read.output)  # of int16 it is 0
        steps.append(Step("fill", Fill(zero_point, read.output.size_bytes), ()))
    for each in _places(found):
        starts = (each.image_start, each.batch_start)
        move = move_of(read, each.sizes, each.image_steps, each.batch_steps, *starts)
        steps.append(Step("move", move, (read.operand(0),)))
    return steps


def batch_to_space(read: OpReader) -> list[Step]:
    """Read a BATCH_TO_SPACE_ND of constant blocks and crops."""
    found = _blocks(read, read.output.shape, read.input(0).shape)
    steps = []
    for each in _places(found):
        starts = (each.batch_start, each.image_start)
        move = move_of(read, each.sizes, each.batch_steps, each.image_steps, *starts)
        steps.append(Step("move", move, (read.operand(0),)))
    return steps


def _blocks(read: OpReader, image: tuple[int, ...], batch: tuple[int, ...]) -> _Blocks:
    same_scale(read, read.input(0))
    block, edges = (read.integers(read.input(number)) for number in (1, 2))
    axes = len(image) - 2
    if len(image) not in RANKS or len(batch) != len(image):
        raise read.refuse(f"{list(read.input(0).shape)} to {list(read.output.shape)}")
    if len(block) != axes or len(edges) != 2 * axes or min(block) < 1 or min(edges) < 0:
        raise read.refuse(f"blocks of {block} with edges of {edges}")
    if prod(block) > MOST_PLACES:
        raise read.refuse(f"blocks of {block}, more than {MOST_PLACES:,} places")
    before, after = edges[0::2], edges[1::2]
    whole = [
        size * count - first - last
        for size, count, first, last in zip(batch[1:-1], block, before, after, strict=True)
    ]
    if image[-1] != batch[-1] or image[0] * prod(block) != batch[0] or whole != [*image[1:-1]]:
        raise read.refuse(f"blocks of {block} do not bring {list(image)} to {list(batch)}")
    return _Blocks(block, before, after, image, batch)


def _places(found: _Blocks) -> Iterator[_Place]:
    """Yield what lies at each place of the blocks, but for places outside the image only."""
    image_steps, batch_steps = steps_of(found.image), steps_of(found.batch)
    for number, place in enumerate(product(*map(range, found.block))):
        sizes = [found.image[0]]
        strides, image_start = [image_steps[0]], 0
        batch_start = number * found.image[0] * batch_steps[0]
        for axis, (offset, step, edge) in enumerate(
            zip(place, found.block, found.before, strict=True), 1
        ):
            first = max(-(-(edge - offset) // step), 0)
            end = min(-(-(found.image[axis] + edge - offset) // step), found.batch[axis])
            sizes.append(end - first)
            strides.append(step * image_steps[axis])
            image_start += (first * step + offset - edge) * image_steps[axis]
            batch_start += first * batch_steps[axis]
        if min(sizes) > 0:
            yield _Place(
                [*sizes, found.image[-1]],
                [*strides, 1],
                batch_steps,
                image_start,
                batch_start,
            )


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "SPACE_TO_BATCH_ND": space_to_batch,
    "BATCH_TO_SPACE_ND": batch_to_space,
}
