"""A KM003C, as the kernel's driver `powerz` shows it."""

from __future__ import annotations

from pathlib import Path

from edgebench.clock import now_ns
from edgebench.power.meters.powerz import CHIP, PowerzDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, InFiles, Kind
from edgebench.virtual.meters.tree import STALE, Tree

PERIOD_MS = 10
MEAN_NS = 1_000_000
"""The driver asks the tester each time, for its momentary current and not for its mean of many."""
MILLIVOLTS = 5063
LABELS = {"in0": "VBUS", "in1": "CC1", "in2": "CC2", "in3": "DP", "in4": "DM", "in5": "VDD"}


def powerz_tree(root: Path, instrument: Instrument) -> Tree:
    """Make a tester whose VBUS stays and whose IBUS follows the waveform."""
    folder = root / "sys/class/hwmon/hwmon5"
    instrument.start()

    def texts() -> dict[Path, str]:
        now = now_ns()
        watts = instrument.mean_between(now - MEAN_NS, now)
        if instrument.is_silent or instrument.is_gone:
            return {folder / "curr1_input": STALE}
        return {folder / "curr1_input": f"{round(watts / MILLIVOLTS * 1e6):06d}"}

    fixed = {folder / "name": CHIP, folder / "curr1_label": "IBUS"}
    for name, label in LABELS.items():
        fixed[folder / f"{name}_label"] = label
        fixed[folder / f"{name}_input"] = str(MILLIVOLTS if name == "in0" else 3300)
    return Tree(fixed, texts)


KIND = Kind(
    name="powerz",
    scale_w=5.0,
    period_s=PERIOD_MS / 1e3,
    limits=None,
    way=InFiles(powerz_tree),
    driver=lambda folder, _: PowerzDriver(Path(folder)),
    faults=ALWAYS,
)
