"""Control groups' limits of memory, what is left of them, and whom the kernel killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.host.cgroup.folders import ControlGroup, control_groups
from edgebench.host.kernel_files import ROOT

_LIMITS = ("memory.max", "memory.high", "memory.limit_in_bytes")
"""Above ``memory.high`` the kernel slows processes down and takes their pages; above the others it
kills."""
_USED = ("memory.current", "memory.usage_in_bytes")
MOST_LIMIT = 2**60
"""Version 1 writes the largest number of pages for no limit."""


@dataclass(frozen=True)
class GroupMemory:
    """A group's limit, and how much of it is left."""

    limit_bytes: int
    left_bytes: int
    group: str

    def __str__(self) -> str:
        return f"memory limit of {self.limit_bytes / 2**20:,.0f} MiB (control group {self.group})"


def limited_memory(root: Path = ROOT) -> tuple[GroupMemory, ...]:
    """Return the groups of this process that have a limit, the one with the least left first.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """
    found = (_memory(group) for group in control_groups("memory", root))
    return tuple(sorted(filter(None, found), key=lambda each: each.left_bytes))


def _memory(group: ControlGroup) -> GroupMemory | None:
    limits = [limit for name in _LIMITS if (limit := group.number(name)) is not None]
    limit = min((limit for limit in limits if limit < MOST_LIMIT), default=None)
    if limit is None:
        return None
    used = (group.number(*_USED) or 0) - _reclaimable(group)
    return GroupMemory(limit, max(0, limit - max(0, used)), group.name)


def _reclaimable(group: ControlGroup) -> int:
    """Return how much of a group's memory is files' that the kernel would give up.

    All that was not used lately, and half of what was: `MemAvailable` has such a half as well.
    """
    stat = group.counts("memory.stat")
    # Version 1 counts the groups below under names of their own.
    inactive, active = (
        stat.get(f"total_{name}", stat.get(name, 0)) for name in ("inactive_file", "active_file")
    )
    return inactive + active // 2


def oom_kills(root: Path = ROOT) -> int | None:
    """Return how many processes of this process's own group the kernel killed for want of memory.

    None where the group does not count them: its parents and the machine count other programs too.
    """
    own = next(iter(control_groups("memory", root)), None)
    return None if own is None else _kills(own)


def nearest_oom_kills(root: Path = ROOT) -> int | None:
    """Return the kills of the nearest group that counts them, or else of the whole machine.

    This tells how a process may have ended that is known to be dead; None where nobody counts.
    """
    for group in control_groups("memory", root):
        if (count := _kills(group)) is not None:
            return count
    return ControlGroup("/", root / "proc").counts("vmstat").get("oom_kill")


def _kills(group: ControlGroup) -> int | None:
    counts = (
        group.counts(file).get("oom_kill") for file in ("memory.events", "memory.oom_control")
    )
    return next((count for count in counts if count is not None), None)


def reclaims(root: Path = ROOT) -> int | None:
    """Return how often ``memory.high`` of this process's groups held it up; None without one."""
    counts = [
        group.counts("memory.events").get("high", 0)
        for group in control_groups("memory", root)
        if group.number("memory.high") is not None
    ]
    return sum(counts) if counts else None
