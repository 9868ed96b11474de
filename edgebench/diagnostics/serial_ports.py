"""Serial ports, and whether this user may open them."""

from __future__ import annotations

import os
from pathlib import Path

from edgebench.diagnostics.finding import Finding


def serial_ports() -> list[Finding]:
    """Return every port that the system lists."""
    from serial.tools.list_ports import comports

    found = [_port(port.device, port.description) for port in sorted(comports())]
    if found:
        return found
    return [
        Finding(
            "serial",
            "ports",
            "note",
            "none",
            "plug a board in; `dmesg | tail` shows whether the system saw it (a charge-only "
            "cable has no data lines)",
        )
    ]


def _port(device: str, description: str) -> Finding:
    if os.access(device, os.R_OK | os.W_OK):
        return Finding("serial", device, "ok", description)
    return Finding(
        "serial",
        device,
        "warning",
        f"{description}: no permission",
        f"`sudo usermod -a -G {_group(Path(device))} $USER`, then log in again",
    )


def _group(device: Path) -> str:
    try:
        return device.group()
    except (OSError, KeyError):
        return "dialout"
