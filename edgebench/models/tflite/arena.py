"""How much memory the activations need when those that don't live together share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ALIGNMENT_BYTES = 16


@dataclass(frozen=True)
class Lifetime:
    """An activation: its size and the first and last op that touch it, both included."""

    size_bytes: int
    first_op: int
    last_op: int

    def overlaps(self, other: Lifetime) -> bool:
        """Return whether both live at some op."""
        return self.first_op <= other.last_op and other.first_op <= self.last_op


def plan_arena(lifetimes: Sequence[Lifetime]) -> int:
    """Return the bytes of an arena that a greedy planner fills, largest tensor first.

    The strategy (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net
    Inference", 2001.03288: greedy by size, lowest gap that fits) is TensorFlow Lite Micro's.
    """
    placed: list[tuple[int, int, Lifetime]] = []
    for lifetime in sorted(lifetimes, key=lambda each: -each.size_bytes):
        size = -(-lifetime.size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        start = 0
        for other_start, other_end, other in sorted(placed, key=lambda each: each[:2]):
            if not lifetime.overlaps(other):
                continue
            if start + size <= other_start:
                break
            start = max(start, other_end)
        placed.append((start, start + size, lifetime))
    return max((end for _, end, _ in placed), default=0)
