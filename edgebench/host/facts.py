"""What the machine is: processor, memory, operating system, board."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")


@dataclass(frozen=True)
class HostFacts:
    """A machine; empty or 0 where it does not tell."""

    board: str
    cpu_model: str
    architecture: str
    cores: int
    memory_bytes: int
    operating_system: str
    kernel: str
    python: str


def host_facts(root: Path = _ROOT) -> HostFacts:
    """Read what the machine is.

    Parameters
    ----------
    root
        The folder that /proc, /sys and /etc lie in.
    """
    return HostFacts(
        board=read_text(root / "proc/device-tree/model").strip("\0"),
        cpu_model=_cpu_model(read_text(root / "proc/cpuinfo")),
        architecture=platform.machine(),
        cores=os.cpu_count() or 0,
        memory_bytes=_memory_bytes(read_text(root / "proc/meminfo")),
        operating_system=_os_name(read_text(root / "etc/os-release")),
        kernel=platform.release(),
        python=platform.python_version(),
    )


def read_text(path: Path) -> str:
    """Return a small file of /proc or /sys, stripped; empty if it is not there or not ours."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _fields(text: str, separator: str) -> dict[str, str]:
    pairs = (line.partition(separator) for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, found, value in pairs if found}


def _cpu_model(cpuinfo: str) -> str:
    fields = _fields(cpuinfo, ":")
    # x86 has a name; ARM has a part number, and on a Pi the model of the board.
    for key in ("model name", "hardware", "cpu model", "uarch"):
        if fields.get(key):
            return fields[key]
    part = fields.get("cpu part", "").lower()
    return _ARM_PARTS.get(part, f"ARM part {part}" if part else "")


_ARM_PARTS = {
    "0xb76": "ARM1176",
    "0xc07": "Cortex-A7",
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd42": "Cortex-A78AE",
    "0xd4d": "Cortex-A715",
}
"""MIDR part numbers of the cores on common boards (Arm's technical reference manuals)."""


def _memory_bytes(meminfo: str) -> int:
    amount = _fields(meminfo, ":").get("memtotal", "").split()
    return int(amount[0]) * 1024 if amount and amount[0].isdigit() else 0


def _os_name(os_release: str) -> str:
    return _fields(os_release, "=").get("pretty_name", "").strip('"') or platform.system()
