"""FNIRSI's USB testers FNB48, FNB48S, C1 and FNB58: ``fnirsi``, ``fnirsi:/dev/hidraw3``.

They are HID devices, which the kernel shows as /dev/hidraw*: no package is needed. (On PyPI there
is only a reader over Bluetooth, of the FNB58 alone.)
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.meters.fnirsi.tester import MODELS, FnirsiTester, Model
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

_IDS = re.compile(r"^HID_ID=[0-9A-F]+:0*([0-9A-F]{1,4}):0*([0-9A-F]{1,4})$", re.MULTILINE)
_UNIQUE = re.compile(r"^HID_UNIQ=(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tester:
    """A tester that is plugged in."""

    path: Path
    model: Model
    serial: str


@dataclass(frozen=True)
class FnirsiDriver:
    """The testers below a root; None for this machine's.

    Any line is taken for a tester only with `takes_any_line`: what plays one has no HID device.
    """

    root: Path | None = None
    takes_any_line: bool = False

    name = "fnirsi"
    aliases = ("fnb58", "fnb48")
    requires = None
    supplies = False
    options = NoOptions
    usage = "fnirsi[:/dev/hidrawN]"
    summary = "FNIRSI's USB testers FNB48, FNB48S, C1 and FNB58"
    rate = "100 Hz"
    figures = Figures.MEASURED
    advice = "no tester here: connect its PC port (not the one that it measures at) by USB"

    def discover(self) -> list[Found]:
        """Return the testers."""
        return [Found(str(each.path), each.model.name) for each in self._testers()]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the tester at a path, or the only one.

        Raises
        ------
        MeterNotFound
            If there is none, there are several, or it can't be opened.
        """
        testers = list(self._testers())
        found = [each for each in testers if place.address in ("", str(each.path))]
        if not found and place.address.startswith("/"):
            return self._open_path(Path(place.address), testers)
        if len(found) != 1:
            names = [str(each.path) for each in testers]
            there = f"several testers: choose with `power=fnirsi:` {', '.join(names)}"
            raise MeterNotFound(
                there if len(testers) > 1 else self.advice,
                field="power",
                value=place.address,
                choices=names,
            )
        return FnirsiTester(found[0].path, found[0].model, found[0].serial)

    def _open_path(self, path: Path, testers: Sequence[Tester]) -> PowerMeter:
        """Open a path that is not listed: a link to a tester, or a HID device of unknown numbers.

        A tester is written to, so that no other file may be taken for one.
        """
        target = path.resolve()
        for each in testers:
            if each.path.resolve() == target:
                return FnirsiTester(path, each.model, each.serial)
        if path.exists() and not (self.takes_any_line or self._is_hid(target)):
            raise MeterNotFound(
                f"fnirsi: {path} is no HID device: choose /dev/hidrawN",
                field="power",
                value=str(path),
                choices=[str(each.path) for each in testers],
            )
        return FnirsiTester(path, MODELS[-1], "")

    def _is_hid(self, path: Path) -> bool:
        known = (self.root or sysfs.root()) / "sys/class/hidraw" / path.name
        return known.exists() and stat.S_ISCHR(path.stat().st_mode)

    def _testers(self) -> Iterator[Tester]:
        root = self.root or sysfs.root()
        for folder in sorted((root / "sys/class/hidraw").glob("hidraw*")):
            about = sysfs.text(folder / "device/uevent")
            ids = _IDS.search(about)
            if ids is None:
                continue
            vendor, product = (int(each, 16) for each in ids.groups())
            model = next((each for each in MODELS if (vendor, product) in each.ids), None)
            serial = _UNIQUE.search(about)
            if model is not None:
                yield Tester(root / "dev" / folder.name, model, serial[1] if serial else "")
