"""Our own timing in addition to LoadGen's, in memory that is there before the test begins."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.rundir.contents.times import Times
from edgebench.statistics.quantiles import median

KEPT = 1 << 14


class InnerTimes:
    """Inner times of a lane, spread evenly over the whole test, and their sum.

    Every query's time is kept until there are `KEPT`; then every other one goes, and from there
    on half as many are kept; and so on.

    Attributes
    ----------
    invoke_ns, around_ns
        What ``invoke()`` took, and what the lane took from being handed a query to having
        answered it (0 where nobody took that time).
    ended_ns, sizes
        When it had been answered, by the host's clock, and of how many samples it was.
    count, samples, total_ns
        How many queries and samples were run, and how long ``invoke()`` took for all of them.
    """

    __slots__ = (
        "_place",
        "_step",
        "around_ns",
        "count",
        "ended_ns",
        "invoke_ns",
        "samples",
        "sizes",
        "total_ns",
    )

    def __init__(self) -> None:
        self.invoke_ns = array("q", bytes(8 * KEPT))
        self.around_ns = array("q", bytes(8 * KEPT))
        self.ended_ns = array("q", bytes(8 * KEPT))
        self.sizes = array("i", bytes(4 * KEPT))
        self.count = self.samples = self.total_ns = 0
        self._place, self._step = 0, 1

    def add(self, samples: int, invoke_ns: int, around_ns: int = 0) -> None:
        """Keep the times of one query."""
        if not self.count % self._step:
            place = self._place
            self.invoke_ns[place] = invoke_ns
            self.around_ns[place] = around_ns
            self.ended_ns[place] = now_ns()
            self.sizes[place] = samples
            self._place = place + 1
            if self._place == KEPT:
                self._thin_out()
        self.count += 1
        self.samples += samples
        self.total_ns += invoke_ns

    def kept(self, name: str) -> array[int]:
        """Return what is kept of ``invoke_ns``, ``around_ns``, ``ended_ns`` or ``sizes``."""
        times: array[int] = getattr(self, name)
        return times[: self._place]

    def _thin_out(self) -> None:
        half = KEPT // 2
        for times in (self.invoke_ns, self.around_ns, self.ended_ns, self.sizes):
            times[:half] = times[::2]
        self._place = half
        self._step *= 2


def median_ns(lanes: list[InnerTimes], name: str) -> int:
    """Return the median of what lanes kept; 0 of nothing."""
    kept = [np.asarray(lane.kept(name)) for lane in lanes]
    values = np.concatenate(kept) if kept else np.zeros(0)
    return int(median(values)) if values.size else 0


def times_of(lanes: list[InnerTimes], most: int = KEPT) -> Times:
    """Return what lanes kept, `most` of each at most, as a run directory takes it."""

    def kept(lane: InnerTimes, name: str) -> array[int]:
        times = lane.kept(name)
        step = -(-len(times) // most) or 1
        # Not from the first on: of each test in a series it is the slowest, in a cold cache.
        return times[step // 2 :: step]

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[Any]]:
        return np.concatenate([np.asarray(kept(lane, name)) for lane in lanes])

    counts = [len(kept(lane, "invoke_ns")) for lane in lanes]
    return Times(
        lane=np.repeat(np.arange(len(lanes)), counts),
        ended_ns=column("ended_ns"),
        invoke_ns=column("invoke_ns"),
        around_ns=column("around_ns"),
        samples=column("sizes"),
    )
