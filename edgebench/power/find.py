"""Which meters are here, and what to do about those that are not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from edgebench.errors import EdgebenchError
from edgebench.power import sysfs
from edgebench.power.contract import GROUP
from edgebench.power.meters.battery import found_batteries
from edgebench.power.meters.hwmon import found_chips
from edgebench.power.meters.rapl import found_zones
from edgebench.power.open import open_meter
from edgebench.registry import plugins


@dataclass(frozen=True)
class MeterFinding:
    """A kind of meter here: what ``--power`` takes, what it reads now, or what to do."""

    name: str
    what: str
    works: bool
    watts: float | None
    advice: str


def find_meters() -> list[MeterFinding]:
    """Return every kind of meter, those that work first; each is read once."""
    root = sysfs.root()
    found = []
    for chip in found_chips(root):
        rails = ", ".join(rail.label for rail in chip.rails)
        found.append(_tried(f"hwmon:{chip.name}", f"rails {rails}"))
    if found_zones(root):
        found.append(_tried("rapl", "the processor's own counters: an estimate of the machine"))
    found += [_tried(f"battery:{each.name}", "its discharge, coarse") for each in
              found_batteries(root)]  # fmt: skip
    if shutil.which("vcgencmd"):
        found.append(_tried("rpi5-pmic", "a Pi 5's power chip: an estimate, partial rails"))
    names = {each.name.partition(":")[0] for each in found}
    found += [_absent(name) for name in sorted(plugins(GROUP)) if name not in names]
    return sorted(found, key=lambda each: not each.works)


def _tried(name: str, what: str) -> MeterFinding:
    try:
        with open_meter(name) as meter:
            meter.start()
            meter.read()
            watts = float(meter.read().power_w[-1])
    except EdgebenchError as error:
        return MeterFinding(name, what, False, None, str(error))
    if not 0 <= watts < MOST_WATTS:
        return MeterFinding(name, what, False, watts, f"{watts:.3g} W is no plausible reading")
    return MeterFinding(name, what, True, watts, "")


MOST_WATTS = 10_000.0
_ADVICE: dict[str, str] = {
    "hwmon": "no power sensor of the kernel's: an INA on a Pi needs its overlay in config.txt, "
             "such as dtoverlay=i2c-sensor,ina226",
    "rapl": "no counters: virtual machines and most boards have none",
    "battery": "no battery",
    "rpi5-pmic": "vcgencmd is not here: this is no Raspberry Pi 5",
    "command": "any program that prints watts: --power 'command:PROGRAM ARG ...'",
}  # fmt: skip


def _absent(name: str) -> MeterFinding:
    return MeterFinding(name, "", False, None, _ADVICE.get(name, "another package's meter"))
