"""What a process holds: memory, descriptors, threads, processes, temporary files, objects."""

from __future__ import annotations

import gc
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.kills.leftovers import Surroundings

_RSS = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Gauges:
    """What is held at a moment.

    ``rss_kib`` and ``objects`` go up and down by what the allocator and Python's caches keep; the
    others are counts of what a run opens and must close.
    """

    rss_kib: int
    objects: int
    descriptors: int
    threads: int
    processes: int
    temporary_files: int

    @property
    def counts(self) -> dict[str, int]:
        """Those that are the same after every run."""
        values = asdict(self)
        return {name: values[name] for name in values if name not in ("rss_kib", "objects")}


def read_gauges(surroundings: Surroundings) -> Gauges:
    """Return what this process, and all that it has started, holds now."""
    gc.collect()
    found = _RSS.search(Path("/proc/self/status").read_text())
    assert found is not None
    own = {os.getpid()}
    return Gauges(
        rss_kib=int(found[1]),
        objects=len(gc.get_objects()),
        # The folder that is listed is open while it is.
        descriptors=len(os.listdir("/proc/self/fd")) - 1,  # noqa: PTH208 (no other is opened)
        threads=len(list(Path("/proc/self/task").iterdir())),
        processes=sum(number not in own for number, _ in surroundings.processes()),
        temporary_files=len(surroundings.left_files()),
    )
