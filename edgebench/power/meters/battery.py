"""A battery's discharge: ``--power battery`` or ``battery:BAT0``. Coarse: new values come each
second or more. Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

from __future__ import annotations

from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition import sysfs
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Accuracy, MeterDescription, PowerMeter

PERIOD_S = 1.0
ACCURACY = Accuracy(0.05, 0.1, "a guess: fuel gauges promise nothing")


def open_battery(rest: str) -> PowerMeter:
    """Open a battery.

    Raises
    ------
    MeterNotFound
        If there is none, or it tells no power.
    """
    supplies = [supply for supply in found_batteries(sysfs.root()) if rest in ("", supply.name)]
    if not supplies:
        raise MeterNotFound(f"no battery{f' {rest}' if rest else ''} in /sys/class/power_supply")
    supply = supplies[0]
    files = sysfs.Counters()
    if (supply / "power_now").is_file():
        watts = files.add(supply / "power_now", 1e-6).value
    elif (supply / "current_now").is_file() and (supply / "voltage_now").is_file():
        amps, volts = (files.add(supply / f"{name}_now", 1e-6) for name in ("current", "voltage"))

        def watts() -> float:
            return abs(amps.value()) * volts.value()
    else:
        raise MeterNotFound(f"{supply} tells neither power nor current and voltage")
    description = MeterDescription(
        name="battery" + (f":{rest}" if rest else ""),
        detail=f"{supply.name}, {sysfs.text(supply / 'status') or 'status unknown'}",
        channels=(supply.name,),
        period_s=PERIOD_S,
        counts_energy=False,
        accuracy=ACCURACY,
    )
    return Polled(description, watts, files)


def found_batteries(root: Path) -> list[Path]:
    """Return the batteries that are here."""
    return [
        supply
        for supply in sorted((root / "sys/class/power_supply").glob("*"))
        if sysfs.text(supply / "type") == "Battery"
    ]
