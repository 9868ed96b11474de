"""Limits of this process on its machine, and how often one held it up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.host.cgroup.cpu import CpuQuota, Throttling, cpu_quota, throttling
from edgebench.host.cgroup.memory import GroupMemory, limited_memory, oom_kills, reclaims
from edgebench.host.kernel_files import ROOT


@dataclass(frozen=True)
class HostLimits:
    """The limits of this process's control groups; None where there is none.

    ``memory`` is the one with the least left when it was read; ``least_memory_bytes`` is the
    smallest of all limits, which does not change with what other programs take.
    """

    cpu_quota: CpuQuota | None = None
    memory: GroupMemory | None = None
    least_memory_bytes: int | None = None

    def __str__(self) -> str:
        return "; ".join(str(each) for each in (self.cpu_quota, self.memory) if each)


@dataclass(frozen=True)
class LimitCounts:
    """Counts of how often limits took effect since the control groups were made.

    Attributes
    ----------
    throttling
        How often the CPU quota held processes up; None without a quota.
    oom_kills
        How many processes of the own group the kernel killed for want of memory; None where the
        group does not count them.
    reclaims
        How often ``memory.high`` held processes up until memory was free; None without one.
    """

    throttling: Throttling | None = None
    oom_kills: int | None = None
    reclaims: int | None = None

    def __str__(self) -> str:
        found = {"stopped": self.throttling, "killed": self.oom_kills, "slowed": self.reclaims}
        return ", ".join(f"{name} {value}" for name, value in found.items() if value)

    def since(self, before: LimitCounts) -> LimitCounts:
        """Return what was counted since an earlier moment."""
        throttled = self.throttling
        if throttled is not None and before.throttling is not None:
            throttled = throttled.since(before.throttling)
        return LimitCounts(
            throttled,
            _difference(before.oom_kills, self.oom_kills),
            _difference(before.reclaims, self.reclaims),
        )


def host_limits(root: Path = ROOT) -> HostLimits:
    """Read the limits; `root` is the folder that /proc and /sys lie in."""
    groups = limited_memory(root)
    least = min((group.limit_bytes for group in groups), default=None)
    return HostLimits(cpu_quota(root), next(iter(groups), None), least)


def limit_counts(root: Path = ROOT) -> LimitCounts:
    """Read the counts; `root` is the folder that /proc and /sys lie in."""
    return LimitCounts(throttling(root), oom_kills(root), reclaims(root))


def counted_sentences(limits: HostLimits, counts: LimitCounts) -> tuple[str, ...]:
    """Return what a reader of a measurement must know of the limits, by what they did meanwhile."""
    said = []
    held = counts.throttling
    if held is not None and held.throttled_periods > 0:
        said.append(
            f"the {limits.cpu_quota or 'CPU quota'} stopped the run {held}: the figures are the "
            "quota's, not the machine's"
        )
    if counts.reclaims:
        said.append(
            f"the {limits.memory or 'memory limit'} slowed the run {counts.reclaims:,} times until "
            "memory was free"
        )
    if counts.oom_kills:
        said.append(f"the kernel killed {counts.oom_kills:,} processes meanwhile: out of memory")
    return tuple(said)


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
