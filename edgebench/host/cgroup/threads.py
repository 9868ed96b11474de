"""How many threads a control group allows."""

from __future__ import annotations

from pathlib import Path

from edgebench.host.cgroup.folders import control_groups
from edgebench.host.kernel_files import ROOT


def threads_limit(root: Path = ROOT) -> str:
    """Return the least limit of this process's groups as a clause; empty if they have no limit.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """
    limits = [
        (limit, group.name)
        for group in control_groups("pids", root)
        if (limit := group.number("pids.max")) is not None
    ]
    if not limits:
        return ""
    limit, name = min(limits)
    return f"control group {name} may have {limit:,} threads (pids.max)"
