"""POWER-Z KM002C and KM003C: USB-C testers that the kernel's driver `powerz` reads.

The driver (Linux 6.7 and later) shows VBUS and IBUS as a chip of hwmon, and asks the tester for
each reading.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import MeasuredAt
from edgebench.power.meters.hwmon.driver import HwmonDriver
from edgebench.power.meters.hwmon.rails import Chip, found_chips
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

CHIP = "powerz"


@dataclass(frozen=True)
class PowerzDriver:
    """The testers below a root; None for this machine's."""

    root: Path | None = None

    name = "powerz"
    aliases = ("km003c", "km002c")
    requires = None
    supplies = False
    options = NoOptions
    usage = "powerz[:hwmonN]"
    summary = "ChargerLAB's POWER-Z KM002C and KM003C USB-C testers, by the kernel's driver powerz"
    rate = "the tester's"
    figures = Figures.MEASURED
    advice = "no tester here: plug it in; its driver is in Linux 6.7 and later (`modprobe powerz`)"

    def discover(self) -> list[Found]:
        """Return the testers; several by their folders."""
        testers = self._testers()
        addresses = [each.folder.name if len(testers) > 1 else "" for each in testers]
        return [Found(address, "a USB-C tester: VBUS x IBUS") for address in addresses]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the tester, or the one of a folder.

        Raises
        ------
        MeterNotFound
            If there is none, or there are several.
        """
        testers = self._testers()
        wanted = place.address
        found = [each for each in testers if wanted in ("", *each.names)]
        if len(found) != 1:
            names = [each.folder.name for each in testers]
            there = f"several testers here: choose with `power=powerz:` {', '.join(names)}"
            raise MeterNotFound(
                there if testers else self.advice, field="power", value=wanted, choices=names
            )
        meter = HwmonDriver(self.root).open(MeterPlace("hwmon", found[0].folder.name))
        meter.description = replace(
            meter.description, name=str(place), measured_at=MeasuredAt.INLET
        )
        return meter

    def _testers(self) -> list[Chip]:
        chips = found_chips(self.root or sysfs.root())
        return [each for each in chips if each.name == CHIP and each.rails]
