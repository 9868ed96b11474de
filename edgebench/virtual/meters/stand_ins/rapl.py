"""A processor's energy counter, as the kernel shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgebench.power.meters.rapl import ACCURACY, RaplDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, InFiles, Kind
from edgebench.virtual.meters.tree import STALE, Conversions, Tree

STEP_S = 0.001
WRAP_J = 262_143.0


def rapl_tree(root: Path, instrument: Instrument) -> Tree:
    """Make a package's counter, that begins again after `wrap` joules."""
    folder = root / "sys/class/powercap/intel-rapl:0"
    instrument.start()
    updates = Conversions.from_now(STEP_S / (1 + instrument.faults.skew * 1e-6))
    wrap_uj = round((instrument.faults.wrap or WRAP_J) * 1e6)

    faults = instrument.faults
    counted = jump_uj = seen = 0
    rng = np.random.default_rng([faults.seed, 3])

    def texts() -> dict[Path, str]:
        nonlocal counted, jump_uj, seen
        is_frozen = 0 < faults.frozen < instrument.running_s
        # An update that is lost is made up for by the next one; a spike stays in the count.
        before, seen = seen, updates.last()
        jump_uj += int(rng.binomial(seen - before, faults.spike)) * wrap_uj // 3
        if not is_frozen and not instrument.is_lost():
            _, until = updates.span_ns(seen)
            real_uj = instrument.measured_j(updates.began_ns, until) * faults.unit * 1e6
            counted = (round(real_uj) + jump_uj) % wrap_uj
        gone = instrument.is_silent or instrument.is_gone
        return {folder / "energy_uj": STALE if gone else f"{counted:016d}"}

    fixed = {folder / "name": "package-0", folder / "max_energy_range_uj": str(wrap_uj)}
    return Tree(fixed, texts)


KIND = Kind(
    name="rapl",
    scale_w=30.0,
    period_s=STEP_S,
    limits=ACCURACY,
    way=InFiles(rapl_tree),
    driver=lambda folder, _: RaplDriver(Path(folder)),
    faults=ALWAYS | {"wrap", "loss", "spike", "skew", "frozen", "unit"},
)
