"""Our own timing beside LoadGen's, in memory that is there before the test begins."""

from __future__ import annotations

from array import array

import numpy as np

KEPT = 1 << 15
_MASK = KEPT - 1


class InnerTimes:
    """The last `KEPT` inner times of a lane, and their sum.

    Attributes
    ----------
    invoke_ns, around_ns
        Rings: what ``invoke()`` took, and what the lane took from being handed a query to
        having answered it (0 where nobody took that time).
    samples
        How many samples were run.
    """

    __slots__ = ("around_ns", "count", "invoke_ns", "samples", "total_ns")

    def __init__(self) -> None:
        self.invoke_ns = array("q", bytes(8 * KEPT))
        self.around_ns = array("q", bytes(8 * KEPT))
        self.count = 0
        self.samples = 0
        self.total_ns = 0

    def add(self, samples: int, invoke_ns: int, around_ns: int = 0) -> None:
        """Keep the times of one query."""
        place = self.count & _MASK
        self.invoke_ns[place] = invoke_ns
        self.around_ns[place] = around_ns
        self.count += 1
        self.samples += samples
        self.total_ns += invoke_ns


def median_ns(lanes: list[InnerTimes], name: str) -> int:
    """Return the median of what lanes kept in one of their rings; 0 of nothing."""
    kept = [np.asarray(getattr(lane, name))[: min(lane.count, KEPT)] for lane in lanes]
    values = np.concatenate(kept) if kept else np.zeros(0)
    return int(np.median(values)) if values.size else 0
