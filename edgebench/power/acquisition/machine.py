"""Which machine this is: sensors on it have no serial numbers of their own."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from edgebench.power.acquisition.connections import sysfs

SHOWN = 8


def machine_name(root: Path) -> str:
    """Return a name of the machine that tells nothing else of it; empty if it has no identity.

    It is a digest: systemd asks that /etc/machine-id itself be kept confidential.
    """
    identity = sysfs.text(root / "etc/machine-id")
    if not identity:
        return ""
    return f"machine {sha256(f'edgebench {identity}'.encode()).hexdigest()[:SHOWN]}"


def sensor_name(root: Path, *parts: str) -> str:
    """Return what identifies a sensor of this machine; empty if the machine has no identity."""
    machine = machine_name(root)
    return " ".join((machine, *filter(None, parts))) if machine else ""
