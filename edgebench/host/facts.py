"""Facts of the machine: processor, memory, operating system, board."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.host.arm_parts import core_name
from edgebench.host.cpus import CpuCluster, cpu_clusters, offline_cpus, usable_cpus
from edgebench.host.kernel_files import ROOT, read_text
from edgebench.host.limits import HostLimits, host_limits


@dataclass(frozen=True)
class HostFacts:
    """A machine; empty or 0 where it does not tell.

    ``cores`` are those that are online. ``usable_cpus`` are those that this process may run on,
    ``clusters`` the kinds of cores, the fastest first.
    """

    board: str
    cpu_model: str
    architecture: str
    cores: int
    memory_bytes: int
    operating_system: str
    kernel: str
    python: str
    usable_cpus: tuple[int, ...] = ()
    offline_cpus: tuple[int, ...] = ()
    clusters: tuple[CpuCluster, ...] = ()
    limits: HostLimits = field(default_factory=HostLimits)


def host_facts(root: Path = ROOT) -> HostFacts:
    """Read what the machine is.

    Parameters
    ----------
    root
        The folder that /proc, /sys and /etc lie in.
    """
    clusters = cpu_clusters(root)
    return HostFacts(
        board=read_text(root / "proc/device-tree/model").strip("\0"),
        cpu_model=_cpu_model(read_text(root / "proc/cpuinfo"), clusters),
        architecture=platform.machine(),
        cores=os.cpu_count() or 0,
        memory_bytes=_memory_bytes(read_text(root / "proc/meminfo")),
        operating_system=_os_name(read_text(root / "etc/os-release")),
        kernel=platform.release(),
        python=platform.python_version(),
        usable_cpus=usable_cpus(),
        offline_cpus=offline_cpus(root),
        clusters=clusters,
        limits=host_limits(root),
    )


def _fields(text: str, separator: str) -> dict[str, str]:
    pairs = (line.partition(separator) for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, found, value in pairs if found}


def _cpu_model(cpuinfo: str, clusters: tuple[CpuCluster, ...]) -> str:
    fields = _fields(cpuinfo, ":")
    # x86 has a name; ARM has a part number, and on a Pi the model of the board.
    for key in ("model name", "hardware", "cpu model", "uarch"):
        if fields.get(key):
            return fields[key]
    kinds = dict.fromkeys(each.core for each in clusters if each.core)
    return " + ".join(kinds) or core_name(fields.get("cpu part", "").lower())


def _memory_bytes(meminfo: str) -> int:
    amount = _fields(meminfo, ":").get("memtotal", "").split()
    return int(amount[0]) * 1024 if amount and amount[0].isdigit() else 0


def _os_name(os_release: str) -> str:
    return _fields(os_release, "=").get("pretty_name", "").strip('"') or platform.system()
