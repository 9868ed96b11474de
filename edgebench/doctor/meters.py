"""What could measure power here: sensors that this machine has itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edgebench.doctor.finding import Finding
from edgebench.host.facts import read_text


def meters(root: Path) -> list[Finding]:
    """Return the power sensors that were found; a run does not read them yet."""
    found = [*_hwmon(root), *_rapl(root), *_batteries(root)]
    if shutil.which("vcgencmd"):
        found.append(Finding("meters", "vcgencmd", "ok", "pmic_read_adc on a Pi 5: an estimate"))
    if found:
        return found
    return [
        Finding(
            "meters", "sensors", "note", "this machine has none of its own",
            "power needs a meter in the supply line",
        )
    ]  # fmt: skip


def _hwmon(root: Path) -> list[Finding]:
    found = []
    for chip in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        inputs = [*chip.glob("power*_input"), *chip.glob("curr*_input")]
        if inputs:
            labels = [read_text(path) for path in sorted(chip.glob("in*_label"))]
            rails = f": {', '.join(labels)}" if labels else ""
            name = read_text(chip / "name") or chip.name
            found.append(Finding("meters", name, "ok", f"{len(inputs)} power rails{rails}"))
    return found


def _rapl(root: Path) -> list[Finding]:
    found = []
    for zone in sorted((root / "sys/class/powercap").glob("*rapl:[0-9]")):
        counter = zone / "energy_uj"
        name = f"RAPL {read_text(zone / 'name') or zone.name}"
        if os.access(counter, os.R_OK):
            found.append(Finding("meters", name, "ok", "readable"))
        else:
            found.append(
                Finding("meters", name, "note", "no permission", f"`sudo chmod a+r {counter}`")
            )
    return found


def _batteries(root: Path) -> list[Finding]:
    return [
        Finding("meters", f"battery {supply.name}", "ok", "discharge is readable: coarse")
        for supply in sorted((root / "sys/class/power_supply").glob("*"))
        if read_text(supply / "type") == "Battery"
    ]
