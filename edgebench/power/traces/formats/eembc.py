"""Energy traces of EEMBC's runner, such as MLPerf Tiny's ``trace1-energy.bin``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgebench.mlperf.tiny.trace import is_trace, read_trace
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.trace import PowerTrace


class EembcFormat:
    """An energy trace of EEMBC's."""

    name = "eembc"
    summary = "an energy trace of EEMBC's runner (trace1-energy.bin)"
    takes: frozenset[str] = frozenset()
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its first bytes."""
        return is_trace(head)

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it; the marks from the file of times in its folder, where there is one.

        Raises
        ------
        LogInvalid
            If a file is damaged.
        """
        found = read_trace(path)
        joules, rate = found.microjoules * 1e-6, found.rate_hz
        counted = np.concatenate(([0.0], np.cumsum(joules)))
        return recorded_trace(
            path,
            np.arange(len(counted)) / rate,
            np.concatenate((joules[:1], joules)) * rate,
            energy_j=counted,
            marks_s=None if found.marks is None else found.marks / rate,
            detail="EEMBC's runner",
        )


FORMAT = EembcFormat()
