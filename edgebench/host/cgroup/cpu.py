"""Control groups' quotas of processor time, and how often they held a process up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.host.cgroup.folders import ControlGroup, control_groups
from edgebench.host.kernel_files import ROOT

_DEFAULT_PERIOD_US = 100_000


@dataclass(frozen=True)
class CpuQuota:
    """The processor time that a group may use, in processors."""

    cpus: float
    group: str

    def __str__(self) -> str:
        return f"CPU quota of {self.cpus:.3g} CPUs (control group {self.group})"


@dataclass(frozen=True)
class Throttling:
    """How often the quota of a group or its parents held processes up, since the group was made."""

    periods: int
    throttled_periods: int
    throttled_s: float

    def __str__(self) -> str:
        return (
            f"in {self.throttled_periods:,} of {self.periods:,} periods, {self.throttled_s:.1f} s "
            "in all"
        )

    def since(self, before: Throttling) -> Throttling:
        """Return what was counted since an earlier moment."""
        return Throttling(
            self.periods - before.periods,
            self.throttled_periods - before.throttled_periods,
            self.throttled_s - before.throttled_s,
        )


def cpu_quota(root: Path = ROOT) -> CpuQuota | None:
    """Return the smallest quota of this process's groups; None where there is none.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """
    quotas = [
        CpuQuota(cpus, group.name)
        for group in control_groups("cpu", root)
        if (cpus := _quota(group)) is not None
    ]
    return min(quotas, key=lambda quota: quota.cpus, default=None)


def _quota(group: ControlGroup) -> float | None:
    """Return a group's own quota; a v1 group without one has -1, a v2 group has ``max``."""
    words = group.read("cpu.max").split()
    if words:
        quota, period = words[0], words[1] if len(words) > 1 else f"{_DEFAULT_PERIOD_US}"
    else:
        quota, period = group.read("cpu.cfs_quota_us"), group.read("cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)


def throttling(root: Path = ROOT) -> Throttling | None:
    """Return how often the quotas of this process's groups held it up; None without a quota.

    A period in which several groups of one hierarchy ran out of their quotas counts once for each.
    """
    counts = [
        group.counts("cpu.stat")
        for group in control_groups("cpu", root)
        if _quota(group) is not None
    ]
    if not counts:
        return None
    return Throttling(
        periods=max(each.get("nr_periods", 0) for each in counts),
        throttled_periods=sum(each.get("nr_throttled", 0) for each in counts),
        # Version 1 counts nanoseconds under another name.
        throttled_s=sum(
            each.get("throttled_usec", 0) / 1e6 + each.get("throttled_time", 0) / 1e9
            for each in counts
        ),
    )
