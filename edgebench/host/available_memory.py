"""How much memory this process can still have, and what sets that."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.host.cgroup.memory import limited_memory
from edgebench.host.kernel_files import ROOT, read_text

_RESOURCES = (
    (resource.RLIMIT_AS, "VmSize", "address space of a process (`ulimit -v`)"),
    (resource.RLIMIT_DATA, "VmData", "data of a process (`ulimit -d`)"),
)
"""Limits of a single process, what counts against them in /proc/self/status, and their names."""


@dataclass(frozen=True)
class AvailableMemory:
    """Memory that can be had, and the limit that it is under; empty: the machine's own memory."""

    size_bytes: int
    limit: str = ""


def available_memory(root: Path = ROOT) -> AvailableMemory | None:
    """Return how much memory can be had without swapping; None if nobody says.

    It is the least that the machine, the control groups and the process's own limits leave.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """
    return min(_known(root), key=lambda each: each.size_bytes, default=None)


def _known(root: Path) -> Iterator[AvailableMemory]:
    machine = machine_bytes(root)
    if machine is not None:
        yield AvailableMemory(machine)
    for group in limited_memory(root):
        yield AvailableMemory(group.left_bytes, str(group))
    yield from process_memory(root)


def process_memory(root: Path = ROOT) -> Iterator[AvailableMemory]:
    """Yield what each limit of this process leaves."""
    used = _sizes(root / "proc/self/status")
    for number, name, what in _RESOURCES:
        limit, _ = resource.getrlimit(number)
        if limit != resource.RLIM_INFINITY and name in used:
            left = max(0, limit - used[name])
            yield AvailableMemory(left, f"limit of {limit / 2**20:,.0f} MiB on the {what}")


def machine_bytes(root: Path = ROOT) -> int | None:
    """Return how much memory the machine has to give without swapping; None if it does not say."""
    return _sizes(root / "proc/meminfo").get("MemAvailable")


def _sizes(file: Path) -> dict[str, int]:
    """Return the sizes of a file of names and kB, in bytes."""
    lines = (line.split() for line in read_text(file).splitlines())
    return {
        words[0].rstrip(":"): int(words[1]) * 1024
        for words in lines
        if len(words) > 1 and words[1].isdigit()
    }
