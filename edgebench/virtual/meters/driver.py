"""A session with a meter that is not there: ``virtual:KIND[,key=value,...]``.

The options are faults (`edgebench.virtual.meters.faults`) and those of the meter that is
played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from edgebench.close_on_exit import CloseOnExit
from edgebench.power.contract import Figures, Found, MeterDriver, PowerMeter, Ranging
from edgebench.power.drivers import place_at
from edgebench.power.open import as_stated
from edgebench.power.option_kinds import Number
from edgebench.power.options import option, other_words
from edgebench.power.place import MeterPlace
from edgebench.power.samples import PowerSamples
from edgebench.virtual.meters.faults import Playing
from edgebench.virtual.meters.kind import InFiles, InProcess, Kind
from edgebench.virtual.meters.kinds import kind_of, kinds
from edgebench.virtual.meters.marker import Marker
from edgebench.virtual.meters.player_process import Played


@dataclass(frozen=True, kw_only=True)
class VirtualOptions(Playing):
    """Faults, the marker's wire, and what the meter that is played takes itself.

    Attributes
    ----------
    supply_v
        What the board is supplied with; None for what suits the meter.
    played
        Options of the meter, as they were written.
    """

    supply_v: float | None = option("supply", Number(unit="V"), None)
    played: tuple[str, ...] = other_words()


class VirtualMeter(CloseOnExit):
    """A `PowerMeter`: the real driver, and what plays the meter for it.

    Its numbers are of no board: they are marked as an estimate.
    """

    def __init__(self, kind: Kind, options: VirtualOptions) -> None:
        self._stack = ExitStack()
        with self._stack as stack:
            driver, place, self._write_files = _played(kind, options, stack)
            self.meter: PowerMeter = stack.enter_context(driver.open(place))
            self.meter.description = as_stated(self.meter.description, place)
            self._stack = stack.pop_all()
        self._known = self.meter.description.accuracy
        self.description = replace(
            self.meter.description,
            name=f"virtual:{kind.name}",
            detail=f"no hardware: {self.meter.description.detail}",
            is_estimate=True,
            is_played=True,
            estimate_reason="no hardware",
            serial=f"seed {options.seed}",
        )

    def close(self) -> None:
        """End both."""
        self._stack.close()

    def start(self) -> None:
        """Begin to measure."""
        self._write_files()
        self.meter.start()

    def read(self) -> PowerSamples:
        """Return what was measured since the last call."""
        self._write_files()
        return self.meter.read()

    def stop(self) -> PowerSamples:
        """End, and return the rest."""
        self._write_files()
        samples = self.meter.stop()
        # Some know how accurate they were only at the end; what the user has stated holds.
        if self.description.accuracy == self._known:
            self._known = self.meter.description.accuracy
            self.description = replace(self.description, accuracy=self._known)
        return samples


def _played(
    kind: Kind, options: VirtualOptions, stack: ExitStack
) -> tuple[MeterDriver, MeterPlace, Callable[[], None]]:
    """Start what plays a meter; return the driver that reads it, where, and what to call before."""
    way = kind.way
    if isinstance(way, InProcess):
        wire = stack.enter_context(Marker(options.marks, options.marker_path))
        driver = kind.driver("", kind.instrument(options, wire))
        return driver, _place(kind, driver, "", options), _nothing
    instrument = kind.instrument(options)  # what it can't play is said before it is started
    # Options that the meter does not have are an error before anything is played.
    _place(kind, kind.driver("", instrument), "", options)
    played = stack.enter_context(Played(kind.name, options.words()))
    driver = kind.driver(played.place, instrument)
    place = _place(kind, driver, way.address(played.place), options)
    return driver, place, played.write_files if isinstance(way, InFiles) else _nothing


def _nothing() -> None:
    """A meter that is on a line has what there is when it is asked."""


def _place(kind: Kind, driver: MeterDriver, address: str, options: VirtualOptions) -> MeterPlace:
    supply_v = kind.supply_v if options.supply_v is None else options.supply_v
    return place_at(driver, address, options.played, supply_v)


class VirtualRanging(VirtualMeter):
    """One whose ranges can be set: `Ranging`."""

    @property
    def _ranges(self) -> Ranging:
        if not isinstance(self.meter, Ranging):
            raise TypeError(f"{self.description.name} has no ranges")
        return self.meter

    def mark(self, name: str) -> None:
        """Name the next measurement."""
        self._ranges.mark(name)

    def reported(self) -> Mapping[str, str]:
        """Return what it reported about itself."""
        return self._ranges.reported()

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes since it was started."""
        return self._ranges.largest()

    def give_back(self) -> None:
        """Set the ranges that it had at first."""
        self._ranges.give_back()

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges."""
        self._ranges.set_ranges(volts_v, amps_a)


class VirtualDriver:
    """Meters without hardware."""

    name = "virtual"
    aliases = ()
    requires = None
    supplies = True
    options = VirtualOptions
    usage = "virtual:KIND"
    rate = "the meter's"
    figures = Figures.PLAYED
    advice = "a session without hardware, to try: `power=virtual:lpm01a`"

    @property
    def summary(self) -> str:
        """A description, with every meter that can be played."""
        return (
            "no hardware: a meter's driver, and what plays the meter by its own protocol, with "
            f"faults to order: {', '.join(kinds())}"
        )

    def discover(self) -> list[Found]:
        """Return nothing: it is always here, and is no board's."""
        return []

    def open(self, place: MeterPlace) -> VirtualMeter:
        """Open a meter that is played.

        Raises
        ------
        MeterNotFound
            If no such meter can be played.
        UsageError
            If it can't play a fault, or has no such option.
        """
        kind = kind_of(place.required_address("virtual:lpm01a"))
        options = place.options_as(VirtualOptions)
        return (VirtualRanging if kind.is_ranging else VirtualMeter)(kind, options)
