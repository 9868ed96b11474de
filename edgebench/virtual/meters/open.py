"""A session with a meter that is not there: ``virtual:KIND[,key=value,...]``.

Faults to order are `edgebench.virtual.meters.faults.Faults`; other options are the meter's own.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterNotFound, UsageError
from edgebench.power.contract import PowerMeter, PowerSamples, Ranging
from edgebench.power.meters.hwmon import open_hwmon
from edgebench.power.meters.joulescope.instrument import Joulescope
from edgebench.power.meters.lpm01a.instrument import open_lpm01a
from edgebench.power.meters.otii import open_otii
from edgebench.power.meters.ppk2.kit import open_ppk2
from edgebench.power.meters.ptdaemon.analyzer import open_ptdaemon
from edgebench.power.meters.rapl import open_rapl
from edgebench.power.meters.rpi5_pmic import open_rpi5_pmic
from edgebench.power.meters.scpi.instrument import open_scpi
from edgebench.virtual.meters.bench import kind_of
from edgebench.virtual.meters.faults import parse_faults
from edgebench.virtual.meters.joulescope import VirtualDriver
from edgebench.virtual.meters.marker import Marker

START_S = 20.0
STOP_S = 2.0


def _socket(place: str, options: str) -> PowerMeter:
    host, _, port = place.partition(":")
    return open_scpi(f"TCPIP::{host}::{port}::SOCKET{options}")


OPENERS: dict[str, Callable[[str, str], PowerMeter]] = {
    "lpm01a": lambda place, options: open_lpm01a(place + options),
    "ppk2": lambda place, options: open_ppk2(
        place + options + ("" if "supply=" in options else ",supply=3.3")
    ),
    "scpi": _socket,
    "scpi-pty": lambda place, options: open_scpi(f"ASRL{place}::INSTR{options}"),
    "otii": lambda place, options: open_otii(place + options),
    "ptdaemon": lambda place, options: open_ptdaemon(place + options),
    "hwmon": lambda place, options: open_hwmon("", Path(place)),
    "rapl": lambda place, options: open_rapl("", Path(place)),
    "rpi5-pmic": lambda place, options: open_rpi5_pmic(f"{place}/vcgencmd"),
}


class VirtualMeter(CloseOnExit):
    """A `PowerMeter`: the real driver, and what plays the meter for it.

    Its numbers are of no board: they are marked as an estimate.
    """

    def __init__(self, name: str, words: list[str]) -> None:
        faults, options = parse_faults(words)
        own = "".join(f",{word}" for word in options if not word.startswith("marker="))
        self._stack = ExitStack()
        with self._stack as stack:
            if name == "joulescope":
                path = next(
                    (w.removeprefix("marker=") for w in options if w.startswith("marker=")), None
                )
                marker = stack.enter_context(Marker(faults.marks, Path(path) if path else None))
                instrument = kind_of(name).instrument(faults, marker)
                self.meter: PowerMeter = Joulescope("", 100.0, lambda: VirtualDriver(instrument))
            else:
                kind = kind_of(name)
                kind.instrument(faults)  # what it can't play is said here
                if kind.tree is not None and own:
                    raise UsageError(f"virtual: {name} has no option {own.lstrip(',')!r}")
                place = stack.enter_context(Played(name, words)).place
                self.meter = OPENERS[name](place, own)
            stack.enter_context(self.meter)
            self._stack = stack.pop_all()
        self.description = replace(
            self.meter.description,
            name=f"virtual:{name}",
            detail=f"no hardware: {self.meter.description.detail}",
            is_estimate=True,
        )

    def close(self) -> None:
        """End both."""
        self._stack.close()

    def start(self) -> None:
        """Begin to measure."""
        self.meter.start()

    def read(self) -> PowerSamples:
        """Return what was measured since the last time."""
        return self.meter.read()

    def stop(self) -> PowerSamples:
        """End, and return the rest."""
        return self.meter.stop()


class Played(CloseOnExit):
    """A context manager: a process that plays a meter; ``place`` is where."""

    def __init__(self, name: str, words: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edgebench.virtual.meters", name, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.place = ""
        output = self._process.stdout
        if output is not None and select.select([output], [], [], START_S)[0]:
            self.place = output.readline().strip()
        if not self.place:
            self.close()
            raise MeterNotFound(f"virtual: the bench's {name} did not start")

    def close(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class VirtualRanging(VirtualMeter):
    """One whose ranges can be set: `Ranging`."""

    @property
    def _ranges(self) -> Ranging:
        if not isinstance(self.meter, Ranging):
            raise MeterNotFound(f"{self.description.name} has no ranges")
        return self.meter

    def mark(self, name: str) -> None:
        """Name the next measurement."""
        self._ranges.mark(name)

    def told(self) -> dict[str, Any]:
        """Return what it said of itself."""
        return self._ranges.told()

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes since it was started."""
        return self._ranges.largest()

    def give_back(self) -> None:
        """Set the ranges that it had at first."""
        self._ranges.give_back()

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges."""
        self._ranges.set_ranges(volts_v, amps_a)


def open_virtual(rest: str) -> VirtualMeter:
    """Open a meter of the bench."""
    name, *words = rest.split(",")
    return (VirtualRanging if name == "ptdaemon" else VirtualMeter)(name, words)
