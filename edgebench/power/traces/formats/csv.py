"""Tables as text: seconds and watts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from edgebench.errors import TraceInvalid
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recorded import recorded_trace
from edgebench.power.traces.trace import PowerTrace


class CsvFormat:
    """A table of seconds and watts."""

    name = "csv"
    summary = "a .csv of seconds and watts"
    takes: frozenset[str] = frozenset()
    is_last = True

    def recognizes(self, name: str, head: bytes) -> bool:
        """Any text."""
        return b"\0" not in head

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it."""
        seconds, watts = _csv_columns(path)
        return recorded_trace(path, np.array(seconds), np.array(watts))


FORMAT = CsvFormat()


def _csv_columns(path: Path) -> tuple[list[float], list[float]]:
    seconds, watts = [], []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        for number, row in enumerate(csv.reader(file), 1):
            try:
                pair = float(row[0]), float(row[1])
            except (ValueError, IndexError) as error:
                if number == 1:
                    continue  # a header
                raise TraceInvalid(
                    f"{path}, line {number}: seconds and watts are wanted, not {row}"
                ) from error
            seconds.append(pair[0])
            watts.append(pair[1])
    return seconds, watts
