"""Serial ports of instruments on USB."""

from __future__ import annotations

from serial.tools.list_ports import comports


def serial_of(port: str) -> str:
    """Return the serial number of the instrument at a port; empty if it has none."""
    return next((each.serial_number or "" for each in comports() if each.device == port), "")


def ports_of(vendor: int, product: int) -> list[str]:
    """Return the serial ports of the instruments with these USB numbers, sorted."""
    return sorted(port.device for port in comports() if (port.vid, port.pid) == (vendor, product))
