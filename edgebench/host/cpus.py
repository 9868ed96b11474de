"""Which processors this process may use, and which of them are alike."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.host.arm_parts import core_name
from edgebench.host.cgroup.cpu import cpu_quota
from edgebench.host.kernel_files import ROOT, read_text

ALIKE_SHARE = 0.1
"""Cores of one kind whose speeds differ by less are one cluster: chips are binned."""
MOST_CPUS = 8192
"""As many as Linux can be built for."""
_CPU_FOLDER = "sys/devices/system/cpu"
_SIBLINGS = ("core_cpus_list", "thread_siblings_list")
"""The processors of a core, as kernels since 5.3 and older ones call them."""
_CAPACITY, _MAX_KHZ = "cpu_capacity", "cpufreq/cpuinfo_max_freq"


@dataclass(frozen=True)
class CpuCluster:
    """Processors of one kind and about one speed.

    Attributes
    ----------
    core
        Such as ``Cortex-A76`` or ``cpu_atom``; empty where the machine does not tell.
    capacity
        The kernel's relative speed, 1024 for the machine's fastest; None where it does not tell.
    max_mhz
        The highest clock of any of them; None where it does not tell.
    """

    cpus: tuple[int, ...]
    core: str
    capacity: int | None
    max_mhz: float | None

    def __str__(self) -> str:
        clock = "" if self.max_mhz is None else f" up to {self.max_mhz:,.0f} MHz"
        return f"{len(self.cpus)} x {self.core or 'unnamed core'}{clock} (CPUs {ranges(self.cpus)})"


def usable_cpus() -> tuple[int, ...]:
    """Return the processors that this process may run on: online, in its cpuset and affinity."""
    return tuple(sorted(os.sched_getaffinity(0)))


def affordable_cpus(root: Path = ROOT) -> tuple[int, ...]:
    """Return as many of the usable processors as the CPU quota pays for, at least one.

    Where there are too many, those of the fastest cluster are kept first.
    """
    cpus, quota = usable_cpus(), cpu_quota(root)
    if quota is None or quota.cpus >= len(cpus):
        return cpus
    ranked = [cpu for cluster in cpu_clusters(root) for cpu in cluster.cpus if cpu in cpus]
    ranked += [cpu for cpu in cpus if cpu not in ranked]
    return tuple(sorted(ranked[: max(1, int(quota.cpus))]))


def one_per_core(cpus: Sequence[int], root: Path = ROOT) -> tuple[int, ...]:
    """Return the first processor of each physical core among some; all where no file says.

    Two processors of one core share its units: a thread on each is no faster than one on both.
    """
    found: dict[tuple[int, ...], int] = {}
    for cpu in sorted(cpus):
        folder = root / _CPU_FOLDER / f"cpu{cpu}" / "topology"
        texts = (read_text(folder / name) for name in _SIBLINGS)
        core = next((each for text in texts if (each := cpu_list(text))), (cpu,))
        found.setdefault(core, cpu)
    return tuple(found.values())


def offline_cpus(root: Path = ROOT) -> tuple[int, ...]:
    """Return the processors that are there but switched off."""
    folder = root / _CPU_FOLDER
    present, online = (cpu_list(read_text(folder / name)) for name in ("present", "online"))
    return tuple(sorted(set(present) - set(online))) if online else ()


def cpu_clusters(root: Path = ROOT) -> tuple[CpuCluster, ...]:
    """Return the clusters of the processors that are online, the fastest first.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """
    kinds: dict[str, list[int]] = {}
    parts, hybrid = _arm_parts(root), _hybrid_kinds(root)
    for cpu in cpu_list(read_text(root / _CPU_FOLDER / "online")):
        kind = core_name(parts[cpu]) if cpu in parts else hybrid.get(cpu, "")
        kinds.setdefault(kind, []).append(cpu)
    found = []
    for kind, cpus in kinds.items():
        # PCs clock their better cores a little higher; that makes no other kind of core.
        by_speed = parts or any(_number(root, cpu, _CAPACITY) for cpu in cpus)
        for group in _of_one_speed(root, cpus) if by_speed else [cpus]:
            found.append(_cluster(root, kind, group))
    return tuple(sorted(found, key=_speed, reverse=True))


def _of_one_speed(root: Path, cpus: list[int]) -> Iterator[list[int]]:
    """Yield groups of processors whose speeds are about the same, the fastest first."""
    speeds = {cpu: _number(root, cpu, _CAPACITY) or _number(root, cpu, _MAX_KHZ) for cpu in cpus}
    left = sorted(cpus, key=lambda cpu: (-(speeds[cpu] or 0), cpu))
    while left:
        least = (speeds[left[0]] or 0) * (1 - ALIKE_SHARE)
        group = [cpu for cpu in left if (speeds[cpu] or 0) >= least]
        left = left[len(group) :]
        yield sorted(group)


def _cluster(root: Path, kind: str, cpus: list[int]) -> CpuCluster:
    capacities, clocks = (
        [number for cpu in cpus if (number := _number(root, cpu, name)) is not None]
        for name in (_CAPACITY, _MAX_KHZ)
    )
    max_mhz = max(clocks) / 1000 if clocks else None
    return CpuCluster(tuple(cpus), kind, max(capacities, default=None), max_mhz)


def _speed(cluster: CpuCluster) -> tuple[float, float]:
    return float(cluster.capacity or 0), cluster.max_mhz or 0.0


def _number(root: Path, cpu: int, name: str) -> int | None:
    text = read_text(root / _CPU_FOLDER / f"cpu{cpu}" / name)
    return int(text) if text.isdigit() else None


def _arm_parts(root: Path) -> Mapping[int, str]:
    """Return each ARM core's part number, by /proc/cpuinfo or its identification register."""
    parts: dict[int, str] = {}
    cpu: int | None = None
    for line in read_text(root / "proc/cpuinfo").splitlines():
        name, _, value = (word.strip() for word in line.partition(":"))
        if name == "processor":
            cpu = int(value) if value.isdigit() else None
        elif name == "CPU part" and cpu is not None:
            parts[cpu] = value.lower()
    for file in (root / _CPU_FOLDER).glob("cpu[0-9]*/regs/identification/midr_el1"):
        midr = read_text(file)
        if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", midr):
            number = int(file.parents[2].name.removeprefix("cpu"))
            parts.setdefault(number, f"{int(midr, 16) >> 4 & 0xFFF:#05x}")
    return parts


def _hybrid_kinds(root: Path) -> Mapping[int, str]:
    """Return which kind each core of a hybrid x86 processor is: ``cpu_core`` or ``cpu_atom``."""
    return {
        cpu: file.parent.name
        for file in sorted((root / "sys/devices").glob("cpu_*/cpus"))
        for cpu in cpu_list(read_text(file))
    }


def cpu_list(text: str) -> tuple[int, ...]:
    """Return the numbers of the kernel's list format.

    Examples
    --------
    >>> cpu_list("0-2,5")
    (0, 1, 2, 5)
    """
    found: set[int] = set()
    for part in filter(None, text.replace("\n", ",").split(",")):
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part.strip())
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
            found.update(range(first, min(last, first + MOST_CPUS) + 1))
    return tuple(sorted(found))


def ranges(cpus: tuple[int, ...]) -> str:
    """Return numbers in the kernel's list format.

    Examples
    --------
    >>> ranges((0, 1, 2, 5))
    '0-2,5'
    """
    runs: list[list[int]] = []
    for cpu in sorted(cpus):
        if runs and cpu == runs[-1][-1] + 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
