"""Meters that are asked for each sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.power.acquisition.sysfs import Counters
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples


class Polled(CloseOnExit):
    """A `PowerMeter` of momentary power: one number each time it is asked.

    Parameters
    ----------
    watts
        Returns the power of now.
    open_files
        Closed at the end.
    """

    def __init__(
        self,
        description: MeterDescription,
        watts: Callable[[], float],
        open_files: Counters | None = None,
    ) -> None:
        self.description = description
        self._watts = watts
        self._files = open_files or Counters()

    def close(self) -> None:
        """Close its files."""
        self._files.close()

    def start(self) -> None:
        """Read once: what can't be read is better said now."""
        self._watts()

    def read(self) -> PowerSamples:
        """Return one sample."""
        before = now_ns()
        power = self._watts()
        after = now_ns()
        return PowerSamples(
            np.array([(before + after) // 2], np.int64),
            np.array([power]),
            moment_ns=np.array([(after - before) / 2]),
        )

    def stop(self) -> PowerSamples:
        """Return one more sample."""
        return self.read()


class Counting(CloseOnExit):
    """A `PowerMeter` that counts energy, in a counter that may wrap.

    Parameters
    ----------
    joules
        Returns the count of now, of each channel.
    wraps_j
        Where each channel's counter begins again at 0; 0 for never.
    """

    def __init__(
        self,
        description: MeterDescription,
        joules: Callable[[], list[float]],
        wraps_j: list[float],
        open_files: Counters,
    ) -> None:
        self.description = description
        self._joules = joules
        self._wraps_j = wraps_j
        self._files = open_files
        self._last: list[float] | None = None
        self._last_ns = 0
        self._total = 0.0

    def close(self) -> None:
        """Close its files."""
        self._files.close()

    def start(self) -> None:
        """Begin to count from here."""
        self._last, self._total = self._joules(), 0.0
        self._last_ns = now_ns()

    def read(self) -> PowerSamples:
        """Return one count, and the mean power since the one before."""
        if self._last is None:
            self.start()
        before = now_ns()
        counts = self._joules()
        middle = (before + now_ns()) // 2
        grown = 0.0
        for count, last, wrap in zip(counts, self._last or counts, self._wraps_j, strict=True):
            grown += count - last if count >= last or not wrap else count - last + wrap
        power = grown / max((middle - self._last_ns) / 1e9, 1e-9)
        self._last, self._last_ns = counts, middle
        self._total += grown
        return PowerSamples(
            np.array([middle], np.int64), np.array([power]), np.array([self._total])
        )

    def stop(self) -> PowerSamples:
        """Return one more count."""
        return self.read()
