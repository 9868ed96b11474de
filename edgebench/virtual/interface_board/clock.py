"""The board's timer: counts tens of microseconds, and is set to zero by a command."""

from __future__ import annotations

from edgebench.clock import now_ns

TICK_NS = 10_000
WRAP = 1 << 32


class BoardClock:
    """Time since the timer was set to zero.

    A recording that is played faster than it sounds moves the timer on by the rest of its length.
    """

    def __init__(self) -> None:
        self._zero_ns = now_ns()

    def now_ns(self) -> int:
        """Return the time."""
        return now_ns() - self._zero_ns

    def reset(self) -> None:
        """Begin again at zero."""
        self._zero_ns = now_ns()

    def advance_to(self, moment_ns: int) -> None:
        """Jump to a moment, if it is yet to come."""
        self._zero_ns -= max(0, moment_ns - self.now_ns())


def ticks(moment_ns: float) -> int:
    """Return a moment as the timer, which has 32 bits, counts it."""
    return int(moment_ns // TICK_NS) % WRAP
