"""A vcgencmd that prints the rails of a Pi 5."""

from __future__ import annotations

from pathlib import Path

from edgebench.clock import now_ns
from edgebench.power.meters.rpi5_pmic import Rpi5PmicDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, InFiles, Kind
from edgebench.virtual.meters.tree import Tree

PERIOD_MS = 50
MEAN_NS = 1_000_000
PROGRAM = "vcgencmd"


def vcgencmd(folder: Path, instrument: Instrument) -> Tree:
    """Make a `vcgencmd` in a folder for PATH; it prints a file that is written anew each time."""
    program, said = folder / PROGRAM, folder / "pmic"
    instrument.start()

    def texts() -> dict[Path, str]:
        now = now_ns()
        watts = instrument.shown_between(now - MEAN_NS, now)
        amps = abs(watts) / 0.9
        if instrument.is_silent or instrument.is_gone:
            return {said: "-" * 60}
        return {said: f"  VDD_CORE_A current(7)={amps:011.8f}A\n  VDD_CORE_V volt(15)=0.90000000V"}

    tree = Tree({program: f"#!/bin/sh\nexec cat '{said}'"}, texts)
    program.chmod(0o755)
    return tree


KIND = Kind(
    name="rpi5-pmic",
    scale_w=6.0,
    period_s=PERIOD_MS / 1e3,
    limits=None,
    way=InFiles(vcgencmd, lambda folder: f"{folder}/{PROGRAM}"),
    driver=lambda _, __: Rpi5PmicDriver(),
    faults=ALWAYS | {"spike", "frozen", "unit"},
)
