"""How fast the machine itself is just now: a fixed piece of work, timed.

A virtual machine's clock, a governor or a neighbour on the same core change the speed of
everything from one second to the next. Two runs can only be compared where the machine was the
same for both.
"""

from __future__ import annotations

from statistics import median

from edgebench.clock import now_ns

REPEATS = 40
STEPS = 2_000


def probe_ns() -> float:
    """Return the median time of a fixed loop of integer arithmetic; some 6 ms in all."""
    times = []
    for _ in range(REPEATS):
        state, started = 1, now_ns()
        for _ in range(STEPS):
            state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        times.append(now_ns() - started)
    return float(median(times))
