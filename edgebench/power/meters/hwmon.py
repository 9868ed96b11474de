"""Power sensors that the kernel reads: INA219/226/238/3221 on a Pi or a Jetson.

``hwmon``, ``hwmon:ina3221`` (a chip by name) or ``hwmon:ina3221:VDD_IN`` (a rail too).
A chip gives power (uW) or voltage (mV) and current (mA) of each rail, with labels on a Jetson.
Where a rail is the board's whole input, it alone is taken: the others are parts of it. JetPack 4
has the same under iio. Source: the kernel's Documentation/hwmon/sysfs-interface.rst.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition import sysfs
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

WHOLE_INPUT = ("VDD_IN", "POM_5V_IN", "VIN_SYS_5V0", "SYS5V", "VDD_5V_IN")
"""Labels of the rail that feeds a Jetson."""
LEAST_PERIOD_S = 0.002
USUAL_PERIOD_S = 0.01
ACCURACY = {
    # Gain error of the shunt and the bus measurement over temperature, and 1 % of the shunt.
    "ina219": Accuracy(0.015, 0.002, "INA219: 0.5 % (TI SBOS448), and a shunt of 1 %"),
    "ina226": Accuracy(0.011, 0.001, "INA226: 0.1 % (TI SBOS547), and a shunt of 1 %"),
    "ina238": Accuracy(0.011, 0.001, "INA238: 0.1 % (TI SBOSA20), and a shunt of 1 %"),
    "ina3221": Accuracy(0.015, 0.005, "INA3221: 0.5 % (TI SBOS576), and a shunt of 1 %"),
}


@dataclass(frozen=True)
class Rail:
    """A channel of a chip: its power, or its voltage and current."""

    label: str
    power: Path | None
    volts: Path | None
    amps: Path | None


@dataclass(frozen=True)
class Chip:
    """A chip with rails."""

    name: str
    folder: Path
    rails: tuple[Rail, ...]
    period_s: float


@dataclass(frozen=True)
class HwmonDriver:
    """The power sensors below a root; None for this machine's."""

    root: Path | None = None

    name = "hwmon"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "hwmon[:CHIP[:RAIL]]"
    summary = (
        "INA219, 226, 238, 3221 by the kernel's drivers; a Jetson's whole input where it has that "
        "rail; iio on JetPack 4"
    )
    rate = "the chip's"
    figures = Figures.MEASURED
    advice = (
        "the kernel has no power sensor: an INA on a Pi needs its overlay in config.txt, such as "
        "dtoverlay=i2c-sensor,ina226"
    )

    def discover(self) -> list[Found]:
        """Return the chips."""
        return [
            Found(chip.name, f"rails {', '.join(rail.label for rail in chip.rails)}")
            for chip in found_chips(self.root or sysfs.root())
        ]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open a chip's rails.

        Raises
        ------
        MeterNotFound
            If there is no such chip or rail, or it can't be read.
        """
        wanted, _, label = place.address.partition(":")
        root = self.root or sysfs.root()
        chips = [chip for chip in found_chips(root) if wanted in ("", chip.name)]
        if not chips:
            raise MeterNotFound(
                f"no power sensor{f' called {wanted}' if wanted else ''} in /sys/class/hwmon: an "
                "INA needs its overlay (dtoverlay=i2c-sensor,ina226 on a Pi); `edgebench meters` "
                "lists the sensors"
            )
        chip = chips[0]
        rails = _chosen(chip, label)
        files = sysfs.Counters()
        readers = [_reader(rail, files) for rail in rails]
        description = MeterDescription(
            name=str(place),
            detail=f"{chip.name} at {chip.folder}",
            channels=tuple(rail.label for rail in rails),
            period_s=max(chip.period_s, LEAST_PERIOD_S),
            counts_energy=False,
            accuracy=ACCURACY.get(chip.name),
        )
        return Polled(description, lambda: sum(reader() for reader in readers), files)


def found_chips(root: Path) -> list[Chip]:
    """Return the chips with a power or a current that are here."""
    folders = [
        *(root / "sys/class/hwmon").glob("hwmon*"),
        *(root / "sys/bus/iio/devices").glob("iio:device*"),
    ]
    chips = []
    for folder in sorted(folders):
        rails = _rails(folder)
        if rails:
            period = sysfs.text(folder / "update_interval")  # ms
            seconds = int(period) / 1e3 if period.isdigit() else USUAL_PERIOD_S
            name = sysfs.text(folder / "name") or folder.name
            chips.append(Chip(re.sub(r"x$", "", name), folder, rails, seconds))
    return chips


def _rails(folder: Path) -> tuple[Rail, ...]:
    """Return a chip's rails: hwmon's names, or those of NVIDIA's iio driver."""
    rails = []
    currents = [*folder.glob("curr[0-9]_input"), *folder.glob("in_current[0-9]_input")]
    numbers = sorted(
        {path.name.removeprefix("in_current").removeprefix("curr")[0] for path in currents}
        | {path.name[5] for path in folder.glob("power[0-9]_input")}
    )
    for number in numbers:
        label = sysfs.text(folder / f"in{number}_label") or sysfs.text(
            folder / f"rail_name_{number}"
        )
        rail = Rail(
            label or f"{number}",
            _first(folder / f"power{number}_input", folder / f"in_power{number}_input"),
            _first(folder / f"in{number}_input", folder / f"in_voltage{number}_input"),
            _first(folder / f"curr{number}_input", folder / f"in_current{number}_input"),
        )
        # INA3221's in4 to in6 are shunt voltages; they have no current of their own.
        if rail.power is not None or (rail.volts is not None and rail.amps is not None):
            rails.append(rail)
    return tuple(rails)


def _first(*paths: Path) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def _chosen(chip: Chip, label: str) -> tuple[Rail, ...]:
    if label:
        chosen = tuple(rail for rail in chip.rails if rail.label == label)
        if not chosen:
            there = ", ".join(rail.label for rail in chip.rails)
            raise MeterNotFound(f"{chip.name} has no rail {label!r}; there are {there}")
        return chosen
    whole = tuple(rail for rail in chip.rails if rail.label in WHOLE_INPUT)
    return whole[:1] or chip.rails


def _reader(rail: Rail, files: sysfs.Counters) -> Callable[[], float]:
    if rail.power is not None:
        is_iio = rail.power.name.startswith("in_")  # mW there, uW in hwmon
        return files.add(rail.power, 1e-3 if is_iio else 1e-6).value
    if rail.volts is None or rail.amps is None:
        raise MeterNotFound(f"the rail {rail.label} has no power, nor voltage and current")
    volts, amps = files.add(rail.volts, 1e-3), files.add(rail.amps, 1e-3)
    return lambda: volts.value() * amps.value()
