"""MLPerf power: a ranging run, the ranges set by it, a testing run; and a record of that.

The record is edgebench's own, ``power/session.json``: it says what MLCommons' client.json and
server.json say of a session, and does not pose as them. As the published sessions show it, the
volts' range is the largest that ranging saw, the amperes' a tenth more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgebench.clock import utc_now, utc_text
from edgebench.errors import MeterLost
from edgebench.files.atomic import write_text
from edgebench.power.contract import PowerMeter, Ranging
from edgebench.power.description import MeterDescription
from edgebench.rundir.records.energy import EnergyRecord
from edgebench.text.typed_json import unstructure

FORMAT = "edgebench power session 2"
AMPS_MARGIN = 1.1


@dataclass(frozen=True)
class PhaseRecord:
    """The ranging run or the testing run of a session.

    Attributes
    ----------
    began, ended
        In UTC.
    uncertainty
        The analyzer's own statement, as it was reported.
    largest_volts_v, largest_amps_a
        What ranging saw.
    range_volts_v, range_amps_a
        What was set for testing.
    """

    began: str
    ended: str
    average_w: float | None
    samples: int
    problem: str
    uncertainty: str
    largest_volts_v: float | None = None
    largest_amps_a: float | None = None
    range_volts_v: float | None = None
    range_amps_a: float | None = None


@dataclass(frozen=True)
class SessionRecord:
    """power/session.json."""

    session: str
    meter: MeterDescription
    reported: Mapping[str, str]
    phases: Mapping[str, PhaseRecord]
    format: str = FORMAT


class PowerSession:
    """The steps of a session with an analyzer, in order."""

    def __init__(self, name: str, meter: PowerMeter, ranges: Ranging) -> None:
        self._name, self._meter, self._ranges = name, meter, ranges
        self._held: tuple[float, float] | None = None
        self._phases: dict[str, PhaseRecord] = {}
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
        self._note("ranging", energy, largest_volts_v=volts, largest_amps_a=amps)
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
        self._note("testing", energy, range_volts_v=volts, range_amps_a=amps)

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
        record = SessionRecord(
            self._name, self._meter.description, self._ranges.reported(), self._phases
        )
        text = json.dumps(unstructure(record), indent=2, allow_nan=False)
        write_text(path, f"{text}\n")

    def _note(self, phase: str, energy: EnergyRecord | None, **more: float | None) -> None:
        self._phases[phase] = PhaseRecord(
            self._began,
            utc_text(utc_now()),
            None if energy is None else energy.average_w,
            0 if energy is None else energy.samples,
            "" if energy is None else energy.problem,
            str(self._ranges.reported().get("uncertainty", "")),
            **more,
        )
