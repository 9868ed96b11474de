"""Logs of NVIDIA's tegrastats: a line per sample.

From JetPack 5 on lines begin with a time, in whole seconds: of several lines per second only how
many there are says when each was. Lines without a time need the interval, ``columns`` time=1:s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.jetson.tegrastats import chosen_rails, is_line, rails_of
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.tables.columns import unit_called
from edgebench.power.traces.trace import PowerTrace

_TIME = re.compile(r"^(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\s", re.ASCII)
UNEVEN_S = 1.0
"""By how much a line's time may be off an even pace: a second is all that a time says."""


class TegrastatsFormat:
    """A log of tegrastats."""

    name = "tegrastats"
    summary = "a log of NVIDIA's tegrastats"
    takes = frozenset({"rail", "columns"})
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its memory, which every line has."""
        return is_line(head.partition(b"\n")[0].decode("ascii", "replace"))

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read the rails that are asked for, or those that feed the board.

        Raises
        ------
        TraceInvalid
            If a line has no time, or lacks a rail.
        UsageError
            If no rail feeds the board, there is none of that name, or no line has a time, or they
            are too few for a pace, and no interval is given.
        """
        times: list[datetime | None] = []
        watts: list[float] = []
        numbers: list[int] = []
        rails: tuple[str, ...] = ()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if not line.strip():
                continue
            found = rails_of(line)
            rails = rails or chosen_rails(str(path), found, options.rail)
            missing = [each for each in rails if each not in found]
            if missing:
                raise TraceInvalid(f"{path}, line {number}: no rail {missing[0]}")
            times.append(_time(line))
            watts.append(sum(found[each] for each in rails))
            numbers.append(number)
        seconds = _seconds(path, times, numbers, options.columns)
        return recorded_trace(
            path, seconds, np.array(watts), detail="NVIDIA's tegrastats", channels=rails
        )


FORMAT = TegrastatsFormat()


def _time(line: str) -> datetime | None:
    """Return a line's time; None if it has none, or one that no clock shows."""
    found = _TIME.match(line)
    with suppress(ValueError):
        return datetime.strptime(found[1], "%m-%d-%Y %H:%M:%S") if found else None
    return None


def _seconds(
    path: Path,
    times: Sequence[datetime | None],
    numbers: Sequence[int],
    columns: Mapping[str, str] | None,
) -> NDArray[np.float64]:
    """Return the seconds of each line from the first."""
    if not any(times):
        return np.arange(len(times), dtype=np.float64) * _interval_s(path, columns)
    if None in times:
        raise TraceInvalid(f"{path}, line {numbers[times.index(None)]}: no time")
    known = [each for each in times if each is not None]
    whole = np.array([(each - known[0]).total_seconds() for each in known], np.float64)
    begins = np.flatnonzero(np.diff(whole) != 0) + 1
    all_differ = len(begins) + 1 == len(whole)
    if not all_differ and len(begins) < 2:
        return _paced(path, whole, columns)
    if columns is not None:
        raise UsageError(f"{path} has its own times: leave `columns` out", field="columns")
    if all_differ:
        return whole
    # A second's first line is at its begin: those give the pace of all.
    pace = float(whole[begins[-1]] - whole[begins[0]]) / int(begins[-1] - begins[0])
    even: NDArray[np.float64] = np.arange(len(whole), dtype=np.float64) * pace + (
        whole[begins[0]] - begins[0] * pace
    )
    if np.any(np.diff(whole) < 0) or np.abs(even - whole - UNEVEN_S / 2).max() > UNEVEN_S:
        raise TraceInvalid(
            f"{path}: several lines per second, at no even pace: when each was is not known"
        )
    begin = even[0]
    even -= begin
    return even


def _paced(
    path: Path, whole: NDArray[np.float64], columns: Mapping[str, str] | None
) -> NDArray[np.float64]:
    """Return the seconds of lines of one second or two, by the interval that the user states."""
    even: NDArray[np.float64] = np.arange(len(whole), dtype=np.float64) * _interval_s(
        path,
        columns,
        f"its {len(whole)} lines are of {len(np.unique(whole))} s, too few for a pace",
    )
    if abs(float(even[-1]) - float(whole[-1])) > UNEVEN_S:
        raise TraceInvalid(
            f"{path}: its lines take {even[-1]:g} s by `columns`, "
            f"and {whole[-1]:g} s by their times",
            field="columns",
        )
    return even


def _interval_s(
    path: Path,
    columns: Mapping[str, str] | None,
    why: str = "its lines have no time (tegrastats of JetPack 5 and later has it)",
) -> float:
    """Return the time from line to line that the user states, ``{"time": "100:ms"}``."""
    how = f"{why}: give the interval that it was started with, such as `columns` time=1000:ms"
    number, _, name = (columns or {}).get("time", "").partition(":")
    unit = unit_called(name)
    with suppress(ValueError):
        if unit is not None and unit.quantity == "time" and float(number) > 0:
            return float(number) * unit.scale
    raise UsageError(f"{path}: {how}", field="columns")
