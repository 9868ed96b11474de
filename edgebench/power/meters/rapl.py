"""Energy counters of a PC's processor: ``--power rapl``. Readable by root only, as a rule.

Whole packages are summed, or ``rapl:psys`` where the platform counts itself. A counter wraps at
``max_energy_range_uj``. Source: the kernel's Documentation/power/powercap/powercap.rst.
"""

from __future__ import annotations

from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition import sysfs
from edgebench.power.acquisition.polled import Counting
from edgebench.power.contract import Accuracy, MeterDescription, PowerMeter

PERIOD_S = 0.02
"""The counter goes on once a millisecond."""
ACCURACY = Accuracy(0.05, 0.0, "a guess: nothing is promised")


def open_rapl(rest: str, root: Path | None = None) -> PowerMeter:
    """Open the counters of all packages, or of those of one name.

    Raises
    ------
    MeterNotFound
        If there are none, or they can't be read.
    """
    wanted = rest or "package"
    zones = [
        zone
        for zone in found_zones(root or sysfs.root())
        if sysfs.text(zone / "name").startswith(wanted)
    ]
    if not zones:
        raise MeterNotFound(
            f"no RAPL counter {wanted!r} in /sys/class/powercap: virtual machines and most boards "
            "have none"
        )
    files = sysfs.Counters()
    try:
        counters = [files.add(zone / "energy_uj", 1e-6) for zone in zones]
    except MeterNotFound:
        files.__exit__(None, None, None)
        raise
    wraps = [int(sysfs.text(zone / "max_energy_range_uj") or 0) * 1e-6 for zone in zones]
    description = MeterDescription(
        name="rapl" + (f":{rest}" if rest else ""),
        detail="the processor's own energy counters: not the whole machine",
        channels=tuple(sysfs.text(zone / "name") for zone in zones),
        period_s=PERIOD_S,
        counts_energy=True,
        accuracy=ACCURACY,
        is_estimate=True,
    )
    return Counting(description, lambda: [each.value() for each in counters], wraps, files)


def found_zones(root: Path) -> list[Path]:
    """Return the folders of counters that are no part of another one."""
    return sorted((root / "sys/class/powercap").glob("*rapl:[0-9]"))
