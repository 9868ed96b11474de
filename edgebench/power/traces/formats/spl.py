"""MLPerf's spl.txt: the samples of PTDaemon, one line each."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.mlperf.power.spl import CheckerPower, read_spl
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.trace import PowerTrace

_FIRST = re.compile(rb"\s*Time,[^,\n]+,Watts,")


class SplFormat:
    """MLPerf's spl.txt."""

    name = "spl"
    summary = "MLPerf's spl.txt"
    takes: frozenset[str] = frozenset()
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its name or its first line."""
        return name == "spl.txt" or _FIRST.match(head) is not None

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it."""
        lines = read_spl(path)
        begin = lines[0].when
        seconds = [(line.when - begin).total_seconds() for line in lines]
        watts = np.array([line.watts for line in lines])
        return recorded_trace(path, np.array(seconds), watts, faults=_faults(watts))


FORMAT = SplFormat()


def _faults(watts: NDArray[np.float64]) -> tuple[str, ...]:
    """Return how MLPerf's checker and the integral differ, in words."""
    kept = watts[watts > 0]
    if len(kept) in (0, len(watts)):
        return ()
    found = CheckerPower(
        float(kept.mean()), float(watts.mean()), len(watts), len(watts) - len(kept)
    )
    return (found.note,)
