"""Which port a device is at, and where it is when it comes back to the bus."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PSEUDO_TERMINALS = "/dev/pts/"


@dataclass(frozen=True)
class PortIdentity:
    """A port by its name and, of a USB device, by its ids and its serial number.

    ``can_come_back`` says whether it may be found again when it has gone: a pseudo-terminal never
    gets the same name twice, unless a link has it.
    """

    name: str
    can_come_back: bool
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None

    @classmethod
    def of(cls, name: str) -> PortIdentity:
        """Return a port's identity while it is there."""
        can_come_back = "://" not in name and (
            Path(name).is_symlink() or not name.startswith(PSEUDO_TERMINALS)
        )
        found = _usb_port(name)
        if found is None:
            return cls(name, can_come_back)
        return cls(name, can_come_back, found.vid, found.pid, found.serial_number)

    def now_at(self) -> str | None:
        """Return the port's name of now: its own, or that of its serial number; None if neither."""
        if Path(self.name).exists() and self._is_ours(self.name):
            return self.name
        if self.vid is None or self.serial_number is None:
            return None
        from serial.tools.list_ports import comports

        names = (port.device for port in comports() if self._matches(port))
        return next(iter(sorted(names)), None)

    def _is_ours(self, name: str) -> bool:
        if self.vid is None:
            return True
        found = _usb_port(name)
        return found is not None and self._matches(found)

    def _matches(self, port: Any) -> bool:
        theirs = (port.vid, port.pid, port.serial_number)
        return (self.vid, self.pid, self.serial_number) == theirs


def _usb_port(name: str) -> Any | None:
    """Return pyserial's description of the USB port of a name; None if it is none."""
    from serial.tools.list_ports import comports

    if not name.startswith("/dev/"):
        return None
    real = os.path.realpath(name)
    return next((each for each in comports() if each.device == real and each.vid is not None), None)
