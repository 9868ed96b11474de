"""Meters in the process that measures: nothing of theirs waits for another process's turn."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost
from edgebench.power.contract import Figures, Found
from edgebench.power.description import MeterDescription
from edgebench.power.option_kinds import Number
from edgebench.power.options import option
from edgebench.power.place import MeterPlace
from edgebench.power.samples import PowerSamples
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import InProcess, Kind

S = 1_000_000_000
PERIOD_NS = 1_000_000


def described(name: str, *, counts_energy: bool = False) -> MeterDescription:
    """Return a meter that gives a sample per millisecond by the host's clock."""
    return MeterDescription(name, "made", ("p",), PERIOD_NS / S, counts_energy, None)


class SteadyMeter(CloseOnExit):
    """A `PowerMeter` that has every sample and mark up to the moment at which it is read.

    However late it is read: it misses nothing.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._started_ns, self._joules = 0, 0.0
        self.description = described("steady", counts_energy=True)

    def close(self) -> None:
        """Nothing is open."""

    def start(self) -> None:
        """Begin."""
        self._joules = 0.0
        self._instrument.start()
        assert self._instrument.started_ns is not None
        self._started_ns = self._instrument.started_ns

    def read(self) -> PowerSamples:
        """Return all samples and marks since the last time."""
        seen = self._instrument.new()
        numbers = np.arange(seen.first, seen.first + len(seen.power_w)) + 1
        energy = self._joules + np.cumsum(seen.power_w) * PERIOD_NS / S
        self._joules = float(energy[-1]) if len(energy) else self._joules
        marks = np.round(np.array(seen.marks) * PERIOD_NS).astype(np.int64)
        return PowerSamples(
            self._started_ns + numbers * PERIOD_NS,
            seen.power_w,
            energy,
            self._started_ns + marks if len(marks) else None,
        )

    def stop(self) -> PowerSamples:
        """Return the rest."""
        return self.read()


@dataclass(frozen=True, kw_only=True)
class SteadyOptions:
    """What it supplies."""

    supply_v: float = option("supply", Number(unit="V"), 3.3)


@dataclass(frozen=True)
class SteadyDriver:
    """The driver of a `SteadyMeter`."""

    instrument: Instrument

    name = "steady"
    aliases = ()
    requires = None
    supplies = True
    options = SteadyOptions
    usage = "steady"
    summary = "a meter that misses nothing"
    rate = "1 kHz"
    figures = Figures.PLAYED
    advice = ""

    def discover(self) -> list[Found]:
        """Return nothing."""
        return []

    def open(self, place: MeterPlace) -> SteadyMeter:
        """Return the meter."""
        return SteadyMeter(self.instrument)


STEADY = Kind(
    name="steady",
    scale_w=0.1,
    period_s=PERIOD_NS / S,
    limits=None,
    way=InProcess(),
    driver=lambda _, instrument: SteadyDriver(instrument),
)
"""For `edgebench.virtual.meters.kinds`: ``virtual:steady`` takes marks, as others do."""


class BriefMeter(CloseOnExit):
    """A `PowerMeter` with a number of samples from its start on; then it is lost, or has no more.

    Attributes
    ----------
    is_read
        Set when it is read: a test that waits for it goes by no clock.
    """

    def __init__(self, samples: int, *, is_lost: bool) -> None:
        self._samples, self._is_lost = samples, is_lost
        self.is_read = threading.Event()
        self.first_ns = self.last_ns = 0
        self.description = described("brief")

    def close(self) -> None:
        """Nothing is open."""

    def start(self) -> None:
        """Begin."""
        self.first_ns = now_ns()
        self.last_ns = self.first_ns + (self._samples - 1) * PERIOD_NS

    def read(self) -> PowerSamples:
        """Return all samples at once, or fail."""
        is_first = not self.is_read.is_set()
        self.is_read.set()
        if self._is_lost:
            raise MeterLost("brief: it ended")
        if not is_first:
            return PowerSamples.none()
        times = self.first_ns + np.arange(self._samples, dtype=np.int64) * PERIOD_NS
        return PowerSamples(times, np.full(self._samples, 2.0))

    def stop(self) -> PowerSamples:
        """Return the rest."""
        return self.read()
