"""An INA226 of one rail, as the kernel shows it."""

from __future__ import annotations

from pathlib import Path

from edgebench.clock import now_ns
from edgebench.power.meters.hwmon.driver import ACCURACY, HwmonDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, InFiles, Kind
from edgebench.virtual.meters.tree import STALE, Tree

PERIOD_MS = 20


def hwmon_tree(root: Path, instrument: Instrument) -> Tree:
    """Make an INA226 of one rail at 5 V, converted every 20 ms."""
    folder = root / "sys/class/hwmon/hwmon3"
    instrument.start()

    def texts() -> dict[Path, str]:
        now = now_ns()
        watts = instrument.mean_between(now - PERIOD_MS * 1_000_000, now)
        if instrument.is_silent or instrument.is_gone:
            return {folder / "power1_input": STALE}
        return {folder / "power1_input": f"{round(watts * 1e6):012d}"}

    fixed = {folder / "name": "ina226", folder / "update_interval": str(PERIOD_MS)}
    return Tree(fixed, texts, PERIOD_MS / 1e3)


KIND = Kind(
    name="hwmon",
    scale_w=5.0,
    period_s=PERIOD_MS / 1e3,
    limits=ACCURACY["ina226"],
    way=InFiles(hwmon_tree),
    driver=lambda folder, _: HwmonDriver(Path(folder)),
    faults=ALWAYS,
)
