"""A battery's discharge. Coarse: new values come each second or more.

Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition import sysfs
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

PERIOD_S = 1.0
ACCURACY = Accuracy(0.05, 0.1, "a guess: fuel gauges promise nothing")


class BatteryDriver:
    """The batteries that the kernel knows."""

    name = "battery"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "battery[:BAT0]"
    summary = "the battery's discharge"
    rate = "a second or more"
    figures = Figures.COARSE
    advice = "this machine has no battery"

    def discover(self) -> list[Found]:
        """Return the batteries."""
        return [
            Found(supply.name, "its discharge, coarse") for supply in found_batteries(sysfs.root())
        ]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open a battery.

        Raises
        ------
        MeterNotFound
            If there is none, or it reports no power.
        """
        wanted = place.address
        supplies = [each for each in found_batteries(sysfs.root()) if wanted in ("", each.name)]
        if not supplies:
            raise MeterNotFound(
                f"no battery{f' {wanted}' if wanted else ''} in /sys/class/power_supply"
            )
        supply = supplies[0]
        files = sysfs.Counters()
        description = MeterDescription(
            name=str(place),
            detail=f"{supply.name}, {sysfs.text(supply / 'status') or 'status unknown'}",
            channels=(supply.name,),
            period_s=PERIOD_S,
            counts_energy=False,
            accuracy=ACCURACY,
            serial=sysfs.text(supply / "serial_number"),
        )
        return Polled(description, _reader(supply, files), files)


def _reader(supply: Path, files: sysfs.Counters) -> Callable[[], float]:
    if (supply / "power_now").is_file():
        return files.add(supply / "power_now", 1e-6).value
    if (supply / "current_now").is_file() and (supply / "voltage_now").is_file():
        amps, volts = (files.add(supply / f"{name}_now", 1e-6) for name in ("current", "voltage"))
        return lambda: abs(amps.value()) * volts.value()
    raise MeterNotFound(f"{supply} reports neither power nor current and voltage")


def found_batteries(root: Path) -> list[Path]:
    """Return the batteries that are here."""
    return [
        supply
        for supply in sorted((root / "sys/class/power_supply").glob("*"))
        if sysfs.text(supply / "type") == "Battery"
    ]
