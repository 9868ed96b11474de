"""The sum of rails, and how accurate it is by what each rail's part of it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.meters.hwmon.chips import Measured, accuracy_of


class Total:
    """Reads rails and adds them up.

    Parameters
    ----------
    rails
        What is measured.
    readers
        Each returns the watts of one of them.
    """

    def __init__(self, rails: Sequence[Measured], readers: Sequence[Callable[[], float]]) -> None:
        self._rails, self._readers = rails, readers
        self._sums = [rail.rail.watts() or 0.0 for rail in rails]
        self.accuracy = self._known()

    def watts(self) -> float:
        """Return the power of now."""
        found = [reader() for reader in self._readers]
        self._sums = [before + power for before, power in zip(self._sums, found, strict=True)]
        return sum(found)

    def described(self, before: MeterDescription) -> MeterDescription:
        """Return a description with the accuracy of what was measured, if the user stated none."""
        if before.accuracy != self.accuracy:
            return before
        # A rail that is off by now had a voltage before.
        self.accuracy = self._known() or self.accuracy
        return replace(before, accuracy=self.accuracy)

    def _known(self) -> Accuracy | None:
        whole = sum(abs(each) for each in self._sums)
        shares = [abs(each) / whole if whole else 1.0 for each in self._sums]
        return accuracy_of(
            [replace(rail, share=share) for rail, share in zip(self._rails, shares, strict=True)]
        )
