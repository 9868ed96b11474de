"""How far a run is, for whoever watches it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from edgebench.clock import now_ns


@runtime_checkable
class Progress(Protocol):
    """Called about once a second while something is measured.

    Whoever draws it must be quick: it runs during the measurement.
    """

    def stage(self, title: str, seconds: float | None) -> None:
        """Begin a stage that will take about so long; None where nobody knows."""

    def advance(self, share: float) -> None:
        """Say how much of the stage is done, 0 to 1."""


class Shared:
    """One stage that several tests share: it goes by the clock, and theirs are not shown."""

    def __init__(self, progress: Progress, title: str, seconds: float) -> None:
        self._progress, self._seconds = progress, seconds
        self._started_ns = now_ns()
        progress.stage(title, seconds)

    @property
    def is_over(self) -> bool:
        """Whether its time is up."""
        return self._passed >= 1

    @property
    def _passed(self) -> float:
        return (now_ns() - self._started_ns) / 1e9 / self._seconds

    def stage(self, title: str, seconds: float | None) -> None:
        """Ignore it: the shared stage goes on."""

    def advance(self, share: float) -> None:
        """Say how much of its time has passed."""
        self._progress.advance(min(1.0, self._passed))


class Silent:
    """Shows nothing."""

    def stage(self, title: str, seconds: float | None) -> None:
        """Ignore it."""

    def advance(self, share: float) -> None:
        """Ignore it."""
