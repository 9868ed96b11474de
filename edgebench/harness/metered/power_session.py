"""MLPerf power: a ranging run, the ranges set by it, a testing run; and a record of that.

The record is edgebench's own, ``power/session.json``: it says what MLCommons' client.json and
server.json say of a session, and does not pose as them. As the published sessions show it, the
volts' range is the largest that ranging saw, the amperes' a tenth more.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgebench.clock import utc_now, utc_text
from edgebench.errors import MeterLost
from edgebench.power.contract import PowerMeter, Ranging
from edgebench.rundir.energy_record import EnergyRecord

FORMAT = "edgebench power session 2"
AMPS_MARGIN = 1.1


class PowerSession:
    """What happens to the analyzer in a session, in order."""

    def __init__(self, name: str, meter: PowerMeter, ranges: Ranging) -> None:
        self._name, self._meter, self._ranges = name, meter, ranges
        self._held: tuple[float, float] | None = None
        self._phases: dict[str, Any] = {}
        self._began = utc_text(utc_now())

    def find_ranges(self) -> None:
        """Let the analyzer choose its ranges."""
        self._ranges.set_ranges(None, None)
        self._began = utc_text(utc_now())

    def ranging_done(self, energy: EnergyRecord | None) -> None:
        """Keep what the ranging run saw.

        Raises
        ------
        MeterLost
            If it saw nothing: there are no ranges to set.
        """
        volts, amps = self._ranges.largest()
        self._note("ranging", energy, {"largest_volts_v": volts, "largest_amps_a": amps})
        if volts <= 0 or amps <= 0:
            problem = energy.problem if energy is not None else ""
            raise MeterLost(f"ranging saw no volts and amperes to set the ranges by. {problem}")
        self._held = (volts, amps * AMPS_MARGIN)

    def hold_ranges(self) -> None:
        """Set the ranges that ranging found."""
        if self._held is not None:
            self._ranges.set_ranges(*self._held)
        self._began = utc_text(utc_now())

    def testing_done(self, energy: EnergyRecord | None) -> None:
        """Keep what the testing run saw."""
        volts, amps = self._held or (None, None)
        self._note("testing", energy, {"range_volts_v": volts, "range_amps_a": amps})

    def give_back(self) -> None:
        """Set the ranges that the analyzer had at first, if it is still there."""
        with suppress(MeterLost):
            self._ranges.give_back()

    def write(self, path: Path) -> None:
        """Write the record.

        Raises
        ------
        OSError
            If it can't be written.
        """
        content = {
            "format": FORMAT,
            "session": self._name,
            "meter": asdict(self._meter.description),
            "reported": self._ranges.reported(),
            "phases": self._phases,
        }
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _note(self, phase: str, energy: EnergyRecord | None, more: dict[str, Any]) -> None:
        self._phases[phase] = {
            "began": self._began,
            "ended": utc_text(utc_now()),
            "average_w": None if energy is None else energy.average_w,
            "samples": 0 if energy is None else energy.samples,
            "problem": "" if energy is None else energy.problem,
            "uncertainty": self._ranges.reported().get("uncertainty", ""),
            **more,
        }
