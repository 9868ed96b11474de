"""The time that a search may take, and what its trials have been seen to take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from edgebench.clock import now_ns

REMEMBERED = 4
"""What is around a trial (opening, warming up, closing) is as long as in the last ones."""


class Budget:
    """A budget of time that has begun.

    Parameters
    ----------
    total_s
        All of it.
    clock
        Nanoseconds.
    """

    def __init__(self, total_s: float, clock: Callable[[], int] = now_ns) -> None:
        self.total_s = total_s
        self._clock, self._started_ns = clock, clock()
        self._around_s: deque[float] = deque([0.0], maxlen=REMEMBERED)

    def passed_s(self) -> float:
        """Return how long ago it began."""
        return (self._clock() - self._started_ns) / 1e9

    def left_s(self, share: float = 1.0) -> float:
        """Return what is left of it, or of its first part; below 0 if it is overdrawn."""
        return share * self.total_s - self.passed_s()

    def learn(self, seconds: float, took_s: float) -> None:
        """Remember that a trial of so many seconds took that long in all."""
        self._around_s.append(max(0.0, took_s - seconds))

    def expected_s(self, seconds: float) -> float:
        """Return what a trial of so many seconds is expected to take."""
        return seconds + max(self._around_s)

    def fits(self, seconds: float, share: float = 1.0) -> bool:
        """Say whether a trial is expected to end within the budget, or within its first part."""
        return self.expected_s(seconds) <= self.left_s(share)
