"""How long to wait for an answer that computes nothing: stated by the user, or learned."""

from __future__ import annotations

from dataclasses import dataclass

MOST_S = 5.0
"""Timeout of MLCommons' runner."""
LEAST_S = 1.0
ENOUGH = 8
TIMES = 4.0


@dataclass
class Patience:
    """Seconds to wait; ``stated_s`` where the user knows, else by the answers that have come.

    A lost byte costs this much, so once a device is known to be quick, less is enough.
    """

    stated_s: float | None = None
    _answers: int = 0
    _slowest_s: float = 0.0

    @property
    def seconds(self) -> float:
        """How long the next answer may take."""
        if self.stated_s is not None:
            return self.stated_s
        if self._answers < ENOUGH:
            return MOST_S
        return min(MOST_S, max(LEAST_S, TIMES * self._slowest_s))

    def answered(self, seconds: float) -> None:
        """Learn from an answer."""
        self._answers += 1
        self._slowest_s = max(self._slowest_s, seconds)

    def missed(self) -> None:
        """Learn that none came: the next ones may take as long as at first."""
        self._answers = 0
