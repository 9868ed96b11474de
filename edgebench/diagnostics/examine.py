"""All examinations, one after the other."""

from __future__ import annotations

from pathlib import Path

from edgebench.diagnostics.finding import Finding
from edgebench.diagnostics.machine import machine
from edgebench.diagnostics.meters import meters
from edgebench.diagnostics.serial_ports import serial_ports
from edgebench.diagnostics.software import software
from edgebench.diagnostics.toolchains import toolchains

_ROOT = Path("/")


def examine(root: Path = _ROOT) -> list[Finding]:
    """Look at everything that edgebench uses.

    Parameters
    ----------
    root
        The folder that /proc, /sys and /etc lie in. Meters' drivers have one of their own:
        `edgebench.power.acquisition.connections.sysfs.root`.

    Returns
    -------
    Findings, in the order in which they matter.
    """
    return [*software(), *machine(root), *serial_ports(), *toolchains(), *meters()]
