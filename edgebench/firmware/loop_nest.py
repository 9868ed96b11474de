"""Loops over two operands of any shape, as the kernels run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LOOPS = 4
"""Of a kernel that runs over any shape."""
Four = tuple[int, int, int, int]


@dataclass(frozen=True)
class LoopNest:
    """Loops over two operands, outermost first; a step of 0 repeats one along a loop."""

    counts: Four
    left_steps: Four
    right_steps: Four


def loop_nest_of(
    shape: Sequence[int], left_steps: Sequence[int], right_steps: Sequence[int]
) -> LoopNest | None:
    """Return the fewest loops over a shape; None if more than `LOOPS` are needed."""
    merged = merged_loops(shape, left_steps, right_steps)
    return None if merged is None else LoopNest(*merged)


def merged_loops(shape: Sequence[int], *steps: Sequence[int]) -> tuple[Four, ...] | None:
    """Return the counts of the fewest loops over a shape, and each operand's steps in them."""
    loops: list[tuple[int, ...]] = []  # innermost first
    for count, *each in reversed(list(zip(shape, *steps, strict=True))):
        if count == 1:
            continue
        inner = loops[-1] if loops else ()
        if inner and each == [inner[0] * step for step in inner[1:]]:
            loops[-1] = (inner[0] * count, *inner[1:])  # it goes on where that ends
        else:
            loops.append((count, *each))
    if len(loops) > LOOPS:
        return None
    filled = [*loops, *[(1, *(0 for _ in steps))] * (LOOPS - len(loops))]
    return tuple((d, c, b, a) for a, b, c, d in zip(*filled, strict=True))
