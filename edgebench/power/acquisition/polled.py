"""Meters that are asked for each sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost
from edgebench.power.acquisition.connections.sysfs import Counters
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples

MOST_W = 10_000.0
LEAST_S = 0.01
"""A counter may go on once in so long: a shorter time says nothing about power."""


class Polled(CloseOnExit):
    """A `PowerMeter` of momentary power: one number each time it is asked.

    Parameters
    ----------
    watts
        Returns the power of now.
    open_files
        Closed at the end.
    at_end
        Returns what is known of the meter only at the end, from what was known before.
    most_w
        More than it can measure: such a reading is left out, and said.
    """

    def __init__(
        self,
        description: MeterDescription,
        watts: Callable[[], float],
        open_files: Counters | None = None,
        at_end: Callable[[MeterDescription], MeterDescription] | None = None,
        most_w: float = MOST_W,
    ) -> None:
        self.description = description
        self._watts = watts
        self._files = open_files or Counters()
        self._aperture_ns = round(description.aperture_s * 1e9)
        self._at_end = at_end
        self._most_w = min(most_w, MOST_W)

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
        if not abs(power) <= self._most_w:
            # It leaves a gap.
            fault = f"samples beyond {self._most_w:.3g} W were left out"
            return PowerSamples(np.empty(0, np.int64), np.empty(0), faults=(fault,))
        # The conversion's middle lies between half of its length and three halves ago.
        return PowerSamples(
            np.array([(before + after) // 2 - self._aperture_ns], np.int64),
            np.array([power]),
            moment_ns=np.array([(after - before + self._aperture_ns) / 2]),
        )

    def stop(self) -> PowerSamples:
        """Return one more sample."""
        last = self.read()
        if self._at_end is not None:
            self.description = self._at_end(self.description)
        return last


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
        span_s = (middle - self._last_ns) / 1e9
        grown = sum(
            self._grown(count, last, wrap, span_s)
            for count, last, wrap in zip(counts, self._last or counts, self._wraps_j, strict=True)
        )
        power = grown / max(span_s, 1e-9)
        self._last, self._last_ns = counts, middle
        self._total += grown
        return PowerSamples(
            np.array([middle], np.int64), np.array([power]), np.array([self._total])
        )

    def stop(self) -> PowerSamples:
        """Return one more count."""
        return self.read()

    def _grown(self, count: float, last: float, wrap: float, span_s: float) -> float:
        """Return by how much a counter has grown.

        Raises
        ------
        MeterLost
            If it fell otherwise than by a wrap, or grew as no machine lets it.
        """
        grown = count - last
        if grown < 0:
            grown += wrap
        if 0 <= grown <= MOST_W * max(span_s, LEAST_S):
            return grown
        raise MeterLost(
            f"{self.description.name}: its counter went from {last:.6g} to {count:.6g} J in "
            f"{span_s:.3g} s (it wraps at {wrap:.6g} J): it was reset, and how much energy was "
            "used is not known"
        )
