"""The discharge of this machine's batteries. Coarse: new values come each second or more.

A battery says whether it discharges; only then is its power what the machine takes. Drivers differ
in the sign: ACPI's and most others report a discharge as a positive number, some as a negative one.
Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

PERIOD_S = 1.0
ACCURACY = Accuracy(0.05, 0.1, "a guess: fuel gauges promise nothing")
DISCHARGING, CHARGING, UNKNOWN = "Discharging", "Charging", "Unknown"
DEVICE = "Device"
"""The scope of a battery that feeds a mouse or a headset, and not this machine."""
UNPLUG = "unplug the charger"


class BatteryDriver:
    """The batteries that the kernel knows."""

    name = "battery"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "battery[:BAT0]"
    summary = "the discharge of this machine's battery, or of all of them together"
    rate = "a second or more"
    figures = Figures.COARSE
    advice = "this machine has no battery"

    def discover(self) -> list[Found]:
        """Return the batteries; of several first all together."""
        names = [supply.name for supply in found_batteries(sysfs.root())]
        found = [Found(name, "its discharge, coarse") for name in names]
        if len(names) > 1:
            found.insert(0, Found("", f"{' + '.join(names)}: their discharge, coarse"))
        return found

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open a battery, or all that feed this machine.

        Raises
        ------
        MeterNotFound
            If there is none, it does not discharge, or it reports no power.
        """
        supplies = _chosen(place.address)
        files = sysfs.Counters()
        with opening(files.close):
            readers = [_reader(supply, files) for supply in supplies]
            _check(supplies)
            if not sum(reader() for reader in readers) > 0:
                raise MeterNotFound(
                    f"{place} reports 0 W while it discharges: its gauge does not measure power"
                )
        states = ", ".join(f"{each.name}: {_status(each)}" for each in supplies)
        description = MeterDescription(
            name=str(place),
            detail=states,
            channels=tuple(supply.name for supply in supplies),
            period_s=PERIOD_S,
            counts_energy=False,
            accuracy=ACCURACY,
            serial=" ".join(filter(None, (_text(each, "serial_number") for each in supplies))),
        )

        def watts() -> float:
            _check(supplies)
            return sum(reader() for reader in readers)

        return Polled(description, watts, files)


def found_batteries(root: Path) -> list[Path]:
    """Return the batteries that feed this machine."""
    return [
        supply
        for supply in sorted((root / "sys/class/power_supply").glob("*"))
        if _text(supply, "type") == "Battery"
        and _text(supply, "scope") != DEVICE
        and _text(supply, "present") != "0"
    ]


def _chosen(wanted: str) -> list[Path]:
    batteries = found_batteries(sysfs.root())
    supplies = [each for each in batteries if wanted in ("", each.name)]
    if supplies:
        return supplies
    names = [each.name for each in batteries]
    there = f"; there are {', '.join(names)}" if names else ""
    raise MeterNotFound(
        f"no battery{f' {wanted}' if wanted else ''} of this machine in "
        f"/sys/class/power_supply{there}",
        field="power",
        value=wanted,
        choices=names,
    )


def _check(supplies: Sequence[Path]) -> None:
    """Refuse batteries whose power is not what the machine takes.

    Raises
    ------
    MeterLost
        If one is charged, or no one discharges.
    """
    states = {supply.name: _status(supply) for supply in supplies}
    charged = [name for name, status in states.items() if status == CHARGING]
    if charged:
        raise MeterLost(
            f"battery: {charged[0]} is being charged: its power is not what the machine takes; "
            f"{UNPLUG}"
        )
    if DISCHARGING not in states.values():
        shown = ", ".join(f"{name} is {status!r}" for name, status in states.items())
        raise MeterLost(f"battery: {shown}, not {DISCHARGING!r}: {UNPLUG}")


def _status(supply: Path) -> str:
    """Return what a battery does; where its driver doesn't know, by the sign that the ABI has."""
    status = _text(supply, "status") or UNKNOWN
    if status == UNKNOWN and any(
        _text(supply, name).startswith("-") for name in ("current_now", "power_now")
    ):
        return DISCHARGING
    return status


def _text(supply: Path, name: str) -> str:
    return sysfs.text(supply / name)


def _reader(supply: Path, files: sysfs.Counters) -> Callable[[], float]:
    """Return what reads a battery's watts, whatever sign its driver gives a discharge."""
    if (supply / "power_now").is_file():
        power = files.add(supply / "power_now", 1e-6)
        return lambda: abs(power.value())
    if (supply / "current_now").is_file() and (supply / "voltage_now").is_file():
        amps, volts = (files.add(supply / f"{name}_now", 1e-6) for name in ("current", "voltage"))
        return lambda: abs(amps.value()) * volts.value()
    raise MeterNotFound(f"{supply} reports neither power nor current and voltage")
