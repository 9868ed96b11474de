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
    loops: list[tuple[int, int, int]] = []  # innermost first
    for count, left, right in reversed(list(zip(shape, left_steps, right_steps, strict=True))):
        if count == 1:
            continue
        inner = loops[-1] if loops else (0, 0, 0)
        if loops and left == inner[0] * inner[1] and right == inner[0] * inner[2]:
            loops[-1] = (inner[0] * count, inner[1], inner[2])  # it goes on where that ends
        else:
            loops.append((count, left, right))
    if len(loops) > LOOPS:
        return None
    filled = [*loops, *[(1, 0, 0)] * (LOOPS - len(loops))]
    counts, lefts, rights = ((d, c, b, a) for a, b, c, d in zip(*filled, strict=True))
    return LoopNest(counts, lefts, rights)
