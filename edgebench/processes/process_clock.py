"""A clock that stands while a program of ours waits for a processor."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLOWEST = 30
"""The clock never runs slower than the host's by more than this: a program may hang."""
CPU_CLOCK_OF_PROCESS = 2
"""``CPUCLOCK_SCHED`` in the numbers that Linux gives to the clocks of other processes:
clock_getcpuclockid(3) makes them."""


@dataclass(frozen=True)
class ProcessClock:
    """Nanoseconds of a program's own processor time, for a program that is never idle.

    A deadline by this clock does not pass while other programs keep this one from running. Where
    the processor time is not known (the program has ended, or the system is not Linux), it is the
    host's clock.

    Parameters
    ----------
    host
        The clock that it is never ahead of.
    """

    pid: int
    host: Callable[[], int] = time.perf_counter_ns
    started_ns: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started_ns", self.host())

    def __call__(self) -> int:
        """Return the time, comparable with other times of this clock only."""
        elapsed = self.host() - self.started_ns
        spent = processor_ns(self.pid)
        if spent is None:
            return elapsed
        return max(min(spent, elapsed), elapsed // SLOWEST)


def processor_ns(pid: int) -> int | None:
    """Return the processor time that a process has taken; None where that is not known."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return time.clock_gettime_ns((~pid << 3) | CPU_CLOCK_OF_PROCESS)
    except OSError:
        return None
