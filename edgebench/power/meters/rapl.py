"""Energy counters of a PC's processor; usually, only root can read them.

Whole packages are summed, or ``rapl:psys`` where the platform counts itself. A counter wraps at
``max_energy_range_uj``. Source: the kernel's Documentation/power/powercap/powercap.rst.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.machine import machine_name
from edgebench.power.acquisition.polled import Counting
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

PERIOD_S = 0.02
"""The counter goes on once a millisecond."""
ACCURACY = Accuracy(0.05, 0.0, "a guess: nothing is promised")


@dataclass(frozen=True)
class RaplDriver:
    """The counters below a root; None for this machine's."""

    root: Path | None = None

    name = "rapl"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "rapl[:psys]"
    summary = "a PC processor's own energy counters, not the whole machine"
    rate = "50 Hz"
    figures = Figures.ESTIMATED
    advice = "no counters here: virtual machines and most boards have none"

    def discover(self) -> list[Found]:
        """Return the packages' counters as one meter."""
        zones = found_zones(self.root or sysfs.root())
        if not zones:
            return []
        names = ", ".join(sysfs.text(zone / "name") or zone.name for zone in zones)
        what = f"{names}: the processor's own counters, an estimate of the machine"
        counters = [zone / "energy_uj" for zone in zones]
        closed = [each for each in counters if not os.access(each, os.R_OK)]
        problem = f"no permission: `sudo chmod a+r {closed[0]}`" if closed else ""
        return [Found("", what, problem=problem)]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the counters of all packages, or of those of one name.

        Raises
        ------
        MeterNotFound
            If there are none, or they can't be read.
        """
        wanted = place.address or "package"
        zones = [
            zone
            for zone in found_zones(self.root or sysfs.root())
            if sysfs.text(zone / "name").startswith(wanted)
        ]
        if not zones:
            raise MeterNotFound(
                f"no RAPL counter {wanted!r} in /sys/class/powercap: virtual machines and most "
                "boards have none"
            )
        with ExitStack() as stack:
            files = stack.enter_context(sysfs.Counters())
            counters = [files.add(zone / "energy_uj", 1e-6) for zone in zones]
            stack.pop_all()
        wraps = [(sysfs.number(zone / "max_energy_range_uj") or 0) * 1e-6 for zone in zones]
        description = MeterDescription(
            name=str(place),
            detail="the processor's own energy counters: not the whole machine",
            channels=tuple(sysfs.text(zone / "name") for zone in zones),
            period_s=PERIOD_S,
            counts_energy=True,
            accuracy=ACCURACY,
            is_estimate=True,
            serial=machine_name(self.root or sysfs.root()),
        )
        return Counting(description, lambda: [each.value() for each in counters], wraps, files)


def found_zones(root: Path) -> list[Path]:
    """Return the folders of counters that are no part of another one."""
    return sorted((root / "sys/class/powercap").glob("*rapl:[0-9]"))
