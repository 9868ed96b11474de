"""Chips of the kernel's hwmon and iio, and which files make a rail's power.

A rail is one power, or a voltage and a current. Which voltage belongs to which current differs:
chips.toml has those that are known; labels pair the others where they are alike but for the first
letter (VBUS, IBUS). A chip whose files can't be paired has no rails.
Source: the kernel's Documentation/hwmon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.power.acquisition.connections import sysfs
from edgebench.power.meters.hwmon.chip_table import chip_table

USUAL_PERIOD_S = 0.01
SUPPLY_TYPES = ("Battery", "UPS", "Mains", "USB", "Wireless")
"""Of the kernel's class power_supply."""
POWER_KINDS = ("input", "average")
"""Files of a power, the better one first: ACPI meters and graphics by amdgpu have means alone."""
MICRO, MILLI = 1e-6, 1e-3


@dataclass(frozen=True)
class Rail:
    """A rail of a chip: the files whose product is its power.

    Attributes
    ----------
    factors
        One file of power, or those of a voltage and a current; each with the base unit's part that
        its number is in.
    voltage
        The file of its voltage, in millivolts; None if there is none.
    shunt_ohm
        Of its shunt, as the kernel has it; None if it says nothing.
    """

    label: str
    factors: tuple[tuple[Path, float], ...]
    voltage: Path | None = None
    shunt_ohm: float | None = None

    def watts(self) -> float | None:
        """Return its power of now; None if it can't be read."""
        product = 1.0
        for path, scale in self.factors:
            number = sysfs.number(path)
            if number is None:
                return None
            product *= number * scale
        return product

    def volts_now(self) -> float | None:
        """Return its voltage of now; None if it can't be read, or is none."""
        number = None if self.voltage is None else sysfs.number(self.voltage)
        return number * MILLI if number is not None and number > 0 else None


@dataclass(frozen=True)
class Chip:
    """A chip.

    Attributes
    ----------
    names
        What it can be called: its driver's name, its device's (``1-0040``), its folder's.
    aperture_s
        How long it averages for a reading, which stays until the next; 0 if it doesn't say.
    """

    name: str
    folder: Path
    rails: tuple[Rail, ...]
    period_s: float
    aperture_s: float = 0.0

    @property
    def device(self) -> str:
        """Its address on its bus (``1-0040``); empty if it has none."""
        link = self.folder / "device"
        return link.resolve().name if link.exists() else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Its names."""
        return tuple(filter(None, (self.name, self.device, self.folder.name)))


def found_chips(root: Path) -> list[Chip]:
    """Return the chips that have a power or a current, in the order of their numbers."""
    folders = [
        *(root / "sys/class/hwmon").glob("hwmon*"),
        *(root / "sys/bus/iio/devices").glob("iio:device*"),
    ]
    chips = []
    for folder in sorted(folders, key=_order):
        if not _has_power(folder) or _is_supply(folder):
            continue
        name = re.sub(r"x$", "", sysfs.text(folder / "name") or folder.name)
        is_iio = folder.name.startswith("iio")
        rails = tuple(_iio_rails(folder) if is_iio else _hwmon_rails(folder, name))
        period_ms = sysfs.number(folder / "update_interval") or sysfs.number(
            folder / "power1_average_interval"
        )
        seconds = period_ms / 1e3 if period_ms else None
        chips.append(Chip(name, folder, rails, seconds or USUAL_PERIOD_S, seconds or 0.0))
    return chips


def _order(folder: Path) -> tuple[str, int]:
    kind = folder.name.rstrip("0123456789")
    return kind, int(folder.name.removeprefix(kind) or 0)


def _is_supply(folder: Path) -> bool:
    """Whether it is a battery or a charger: hwmon shows them too, `battery` knows which way."""
    return sysfs.text(folder / "device/type") in SUPPLY_TYPES


def _has_power(folder: Path) -> bool:
    return any(
        next(folder.glob(pattern), None) is not None
        for pattern in (
            *(f"power*_{kind}" for kind in POWER_KINDS),
            *("curr*_input", "in_current*_input", "in_power*_input"),
        )
    )


def _numbers(folder: Path, prefix: str, kind: str = "input") -> list[int]:
    found = (re.fullmatch(rf"{prefix}(\d+)_{kind}", path.name) for path in folder.iterdir())
    return sorted(int(each[1]) for each in found if each is not None)


def _powers(folder: Path) -> dict[int, Path]:
    """Return the file of each power, by its number: of now where there is one, or a mean."""
    return {
        number: folder / f"power{number}_{kind}"
        for kind in reversed(POWER_KINDS)
        for number in _numbers(folder, "power", kind)
    }


def _hwmon_rails(folder: Path, name: str) -> Iterator[Rail]:
    facts = chip_table().rails
    powers = _powers(folder)
    for number, file in sorted(powers.items()):
        label = _label(folder, f"power{number}", f"in{number}", f"curr{number}") or f"{number}"
        volts = folder / f"in{number}_input" if facts.has_same_number(name) else None
        yield Rail(label, ((file, MICRO),), volts, _shunt_ohm(folder, number))
    for number in _numbers(folder, "curr"):
        voltage = _voltage_of(folder, name, number)
        if number in powers or voltage is None:
            continue
        label = _label(folder, f"in{voltage}", f"curr{number}") or f"{number}"
        volts = folder / f"in{voltage}_input"
        files = (volts, MILLI), (folder / f"curr{number}_input", MILLI)
        yield Rail(label, files, volts, _shunt_ohm(folder, number))


def _voltage_of(folder: Path, name: str, current: int) -> int | None:
    """Return the number of the voltage that belongs to a current; None if it is not known."""
    facts = chip_table().rails
    if name in facts.voltage_of:
        voltage = facts.voltage_of[name].get(str(current))
    elif facts.has_same_number(name):
        voltage = current if current <= facts.channels.get(name, current) else None
    else:
        label = sysfs.text(folder / f"curr{current}_label")
        alike = [
            number
            for number in _numbers(folder, "in")
            if label and sysfs.text(folder / f"in{number}_label")[1:] == label[1:]
        ]
        voltage = alike[0] if len(alike) == 1 else None
    there = voltage is not None and (folder / f"in{voltage}_input").is_file()
    return voltage if there else None


def _shunt_ohm(folder: Path, number: int) -> float | None:
    """Return the ohms of a channel's shunt, which the kernel has in millionths."""
    found = sysfs.number(folder / f"shunt{number}_resistor") or sysfs.number(
        folder / "shunt_resistor"
    )
    return None if found is None else found * MICRO


def _label(folder: Path, *names: str) -> str:
    return next((text for name in names if (text := sysfs.text(folder / f"{name}_label"))), "")


def _iio_rails(folder: Path) -> Iterator[Rail]:
    """Yield the rails of NVIDIA's driver of JetPack 4, whose power is in milliwatts."""
    for number in sorted({*_numbers(folder, "in_power"), *_numbers(folder, "in_current")}):
        label = sysfs.text(folder / f"rail_name_{number}") or f"{number}"
        power = folder / f"in_power{number}_input"
        volts = folder / f"in_voltage{number}_input"
        if power.is_file():
            yield Rail(label, ((power, MILLI),), volts)
        elif volts.is_file():
            amps = folder / f"in_current{number}_input"
            yield Rail(label, ((volts, MILLI), (amps, MILLI)), volts)
