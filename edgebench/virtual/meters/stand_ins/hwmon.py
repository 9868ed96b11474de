"""An INA226 of one rail, and an INA3221 as on a Jetson, as the kernel shows them."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from pathlib import Path

from edgebench.power.description import Accuracy
from edgebench.power.meters.hwmon.chips import Measured, accuracy_of
from edgebench.power.meters.hwmon.driver import HwmonDriver
from edgebench.power.meters.hwmon.rails import Chip, Rail
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ASKED, InFiles, Kind
from edgebench.virtual.meters.tree import STALE, Conversions, Tree

PERIOD_MS = 20
SHUNT_OHM = 0.02
VOLTS = 5.0


def limits_of(name: str, *files: str) -> Accuracy | None:
    """Return the limits of a chip with one rail of 5 V and this shunt, read by these files."""
    rail = Rail("VDD_IN", tuple((Path(each), 1.0) for each in files), shunt_ohm=SHUNT_OHM)
    chip = Chip(name, Path(name), (rail,), PERIOD_MS / 1e3)
    return accuracy_of([Measured(rail, chip, known_v=VOLTS)])


def _played(
    root: Path, instrument: Instrument, fixed: dict[str, str], shown: Callable[[float], str]
) -> Tree:
    """Make a chip's folder, with one file that shows the last conversion."""
    folder = root / "sys/class/hwmon/hwmon3"
    period_s = PERIOD_MS / 1e3 / (1 + instrument.faults.skew * 1e-6)
    last, seen = "", -1
    *rest, (file, _) = fixed.items()
    instrument.start()
    conversions = Conversions.from_now(period_s)

    def texts() -> dict[Path, str]:
        nonlocal last, seen
        if instrument.is_silent or instrument.is_gone:
            return {folder / file: STALE}
        number = conversions.last()
        # A conversion that is lost leaves the one before; of no number the driver reads none.
        if number != seen and not (last and instrument.is_lost()):
            watts = instrument.shown_between(*conversions.span_ns(number))
            last = STALE if isnan(watts) else shown(watts)
        seen = number
        return {folder / file: last}

    about = {folder / name: text for name, text in rest}
    about[folder / "update_interval"] = str(PERIOD_MS)
    return Tree(about, texts)


def ina226_tree(root: Path, instrument: Instrument) -> Tree:
    """Make an INA226 of one rail at 5 V, converted every 20 ms."""
    fixed = {
        "name": "ina226",
        "in1_label": "VDD_IN",
        "in1_input": f"{VOLTS * 1e3:.0f}",
        "shunt_resistor": f"{SHUNT_OHM * 1e6:.0f}",
        "power1_input": "",
    }
    return _played(root, instrument, fixed, lambda watts: f"{round(watts * 1e6):012d}")


def ina3221_tree(root: Path, instrument: Instrument) -> Tree:
    """Make an INA3221 with a Jetson's whole board, VDD_IN, on its first channel."""
    fixed = {
        "name": "ina3221",
        "in1_label": "VDD_IN",
        "in1_input": f"{VOLTS * 1e3:.0f}",
        "shunt1_resistor": f"{SHUNT_OHM * 1e6:.0f}",
        # The shunts' voltages, and their sum: no rails.
        **{f"in{number}_input": "12" for number in (4, 5, 6, 7)},
        "curr4_input": "600",
        "curr1_input": "",
    }
    return _played(root, instrument, fixed, lambda watts: f"{round(watts / VOLTS * 1e3):08d}")


KIND = Kind(
    name="hwmon",
    scale_w=5.0,
    period_s=PERIOD_MS / 1e3,
    limits=limits_of("ina226", "power1_input"),
    way=InFiles(ina226_tree),
    driver=lambda folder, _: HwmonDriver(Path(folder)),
    faults=ASKED,
)
KIND_INA3221 = Kind(
    name="hwmon-ina3221",
    scale_w=5.0,
    period_s=PERIOD_MS / 1e3,
    limits=limits_of("ina3221", "in1_input", "curr1_input"),
    way=InFiles(ina3221_tree),
    driver=lambda folder, _: HwmonDriver(Path(folder)),
    faults=ASKED,
)
