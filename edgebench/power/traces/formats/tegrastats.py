"""Logs of NVIDIA's tegrastats: a line per sample, ``... VDD_IN 4654mW/4654mW ...``."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recorded import recorded_trace
from edgebench.power.traces.trace import PowerTrace

_LINE = re.compile(rb"(?:^|\s)RAM \d+/\d+MB")
_TIME = re.compile(r"^(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)\s", re.ASCII)
_RAIL = re.compile(r"\b([A-Z][A-Z0-9_]{0,39}) (\d{1,9})(?:mW)?/(\d{1,9})(?:mW)?(?=\s|$)", re.ASCII)
WHOLE = ("VDD_IN", "POM_5V_IN")
"""Rails that feed a whole board."""


class TegrastatsFormat:
    """A log of tegrastats."""

    name = "tegrastats"
    summary = "a log of NVIDIA's tegrastats"
    takes = frozenset({"rail"})
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its memory, which every line has."""
        return _LINE.search(head.partition(b"\n")[0]) is not None

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read a rail: the one that is asked for, or the one that feeds the board.

        Raises
        ------
        TraceInvalid
            If a line has no time, or lacks the rail.
        UsageError
            If no rail feeds the board, or there is none of that name.
        """
        times, watts = [], []
        rail = ""
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if not line.strip():
                continue
            rails = {name: float(milliwatts) for name, milliwatts, _ in _RAIL.findall(line)}
            when = _time(line)
            if when is None:
                raise TraceInvalid(
                    f"{path}, line {number}: no time: tegrastats of JetPack 5 has it"
                )
            rail = rail or _chosen(path, rails, options.rail)
            if rail not in rails:
                raise TraceInvalid(f"{path}, line {number}: no rail {rail}")
            times.append(when)
            watts.append(rails[rail] / 1e3)
        seconds = [(each - times[0]).total_seconds() for each in times]
        return recorded_trace(path, np.array(seconds), np.array(watts), channels=(rail,))


FORMAT = TegrastatsFormat()


def _time(line: str) -> datetime | None:
    """Return a line's time; None if it has none, or one that no clock shows."""
    found = _TIME.match(line)
    with suppress(ValueError):
        return datetime.strptime(found[1], "%m-%d-%Y %H:%M:%S") if found else None
    return None


def _chosen(path: Path, rails: dict[str, float], wanted: str | None) -> str:
    if wanted is not None and wanted in rails:
        return wanted
    whole = [name for name in WHOLE if name in rails]
    if wanted is None and whole:
        return whole[0]
    shown = ", ".join(f"{name} ({milliwatts:g} mW)" for name, milliwatts in rails.items())
    why = f"no rail {wanted!r}" if wanted else "no rail is known to feed the whole board"
    raise UsageError(
        f"{path}: {why}; choose with `rail` from {shown or 'none'}",
        field="rail",
        value=wanted,
        choices=rails,
    )
