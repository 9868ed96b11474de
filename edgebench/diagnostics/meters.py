"""What could measure power here: sensors that this machine has itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edgebench.diagnostics.finding import Finding
from edgebench.host.facts import read_text
from edgebench.power.meters.battery import found_batteries
from edgebench.power.meters.hwmon import found_chips
from edgebench.power.meters.rapl import found_zones


def meters(root: Path) -> list[Finding]:
    """Return the power sensors that were found; `edgebench meters` reads them."""
    found = []
    for chip in found_chips(root):
        rails = ", ".join(rail.label for rail in chip.rails)
        found.append(Finding("meters", chip.name, "ok", f"`power=hwmon:{chip.name}`: {rails}"))
    found += [_rapl(zone) for zone in found_zones(root)]
    found += [
        Finding("meters", f"battery {supply.name}", "ok", "`power=battery`: coarse")
        for supply in found_batteries(root)
    ]
    if shutil.which("vcgencmd"):
        found.append(
            Finding("meters", "vcgencmd", "ok", "`power=rpi5-pmic` on a Pi 5: an estimate")
        )
    if found:
        return found
    return [
        Finding(
            "meters",
            "sensors",
            "note",
            "this machine has none of its own",
            "power needs a meter in the supply line",
        )
    ]


def _rapl(zone: Path) -> Finding:
    counter = zone / "energy_uj"
    name = f"RAPL {read_text(zone / 'name') or zone.name}"
    if os.access(counter, os.R_OK):
        return Finding("meters", name, "ok", "`power=rapl`")
    return Finding("meters", name, "note", "no permission", f"`sudo chmod a+r {counter}`")
