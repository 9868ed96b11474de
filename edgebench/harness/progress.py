"""What a run tells whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told what goes on, about once a second while something is measured.

    Whoever draws it must be quick: it runs beside the measurement.
    """

    def stage(self, title: str, seconds: float | None) -> None:
        """Begin a stage that will take about so long; None where nobody knows."""

    def advance(self, share: float) -> None:
        """Say how much of the stage is done, 0 to 1."""


class Silent:
    """Tells nobody."""

    def stage(self, title: str, seconds: float | None) -> None:
        """Ignore it."""

    def advance(self, share: float) -> None:
        """Ignore it."""
