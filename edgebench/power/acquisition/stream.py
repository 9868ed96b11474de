"""Meters that send samples at a pace of their own: numbering them, and knowing when they were."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.errors import MeterLost
from edgebench.power.samples import Exchange, PowerSamples

Clock = Callable[[], int]
QUIET_S = 0.3
QUIET_PERIODS = 5
"""A meter that was silent for longer than both together before its stop was lost before."""


class StreamClock:
    """The meter's time of samples by their number, and the exchanges that tie it to the host's.

    Parameters
    ----------
    period_ns
        Between two samples, by the meter's clock.
    silence_s
        After so long without a sample the meter is lost.
    block_ns
        How long the meter may hold samples back before it sends them.
    """

    def __init__(
        self,
        name: str,
        period_ns: float,
        silence_s: float,
        block_ns: float = 0.0,
        now: Clock = now_ns,
    ) -> None:
        self._name = name
        self._period_ns = period_ns
        self._silence_s = silence_s
        self._block_ns = block_ns
        self._now = now
        self._heard_ns = now()
        self._first: Exchange | None = None
        self.count = 0

    def starting(self) -> None:
        """Call before the start command is sent."""
        self.count = 0
        now = self._heard_ns = self._now()
        # When it began is not known by its answer, only by the samples that come.
        self._first = Exchange(0, now, None)

    def times(self, count: int) -> NDArray[np.int64]:
        """Return the meter's times of the next samples: of their ends, the first at a period."""
        numbers = np.arange(self.count + 1, self.count + count + 1)
        self.count += count
        times: NDArray[np.int64] = np.round(numbers * self._period_ns).astype(np.int64)
        return times

    def skip(self, count: int) -> None:
        """Pass over samples that are known to be missing."""
        self.count += count

    def alive(self) -> None:
        """Call when something came that is not counted yet."""
        self._heard_ns = self._now()

    def heard(self, count: int) -> tuple[Exchange, ...]:
        """Return what samples that have just come say; call after `times`.

        Raises
        ------
        MeterLost
            If none has come for too long.
        """
        now = self._now()
        if count:
            self._heard_ns = now
            last = Exchange(round(self.count * self._period_ns), None, now)
            first, self._first = self._first, None
            return (last,) if first is None else (first, last)
        if now - self._heard_ns > self._silence_s * 1e9:
            raise MeterLost(
                f"{self._name} has sent nothing for {self._silence_s:g} s: is it still plugged in?"
            )
        return ()

    def stopped(self, asked_ns: int) -> Exchange:
        """Return what the last sample says that came after the stop was asked for.

        Raises
        ------
        MeterLost
            If the meter was silent before.
        """
        quiet_s = (asked_ns - self._heard_ns) / 1e9
        if quiet_s > QUIET_S + (QUIET_PERIODS * self._period_ns + self._block_ns) / 1e9:
            raise MeterLost(f"{self._name} had been silent for {quiet_s:.1f} s before its end")
        earliest = asked_ns - round(self._period_ns + self._block_ns)
        return Exchange(round(self.count * self._period_ns), earliest, self._now())


class Blocks:
    """Sums fast samples into blocks whose energy is exact: a long run fits into memory.

    Time without samples takes the power of the sample after it.

    Parameters
    ----------
    size
        Samples a block.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting = 0
        self._sample_end_ns = 0
        self._block_end_ns = 0
        self._energy_j = 0.0
        self._block_energy_j = 0.0

    def add(self, end_ns: NDArray[np.int64], power_w: NDArray[np.float64]) -> PowerSamples:
        """Return the blocks that samples fill: their ends, mean power, and energy until then."""
        if not len(end_ns):
            return PowerSamples.none()
        steps_s = np.diff(end_ns, prepend=self._sample_end_ns) / 1e9
        energy = self._energy_j + np.cumsum(power_w * steps_s)
        self._energy_j, self._sample_end_ns = float(energy[-1]), int(end_ns[-1])
        full = slice(self._size - 1 - self._waiting, None, self._size)
        self._waiting = (self._waiting + len(end_ns)) % self._size
        ends, sums = end_ns[full], energy[full]
        if not len(ends):
            return PowerSamples.none()
        spans_s = np.diff(ends, prepend=self._block_end_ns) / 1e9
        means = np.diff(sums, prepend=self._block_energy_j) / spans_s
        self._block_end_ns, self._block_energy_j = int(ends[-1]), float(sums[-1])
        return PowerSamples(ends, means, sums)


def within_range(
    power_w: NDArray[np.float64], most_w: float
) -> tuple[NDArray[np.float64], int, tuple[str, ...]]:
    """Return power without what no meter of that range can have measured; how much, and a word.

    Such samples take the value before them; they count as lost.
    """
    wrong = ~(np.abs(power_w) <= most_w)
    count = int(np.count_nonzero(wrong))
    if not count:
        return power_w, 0, ()
    places = np.where(wrong, 0, np.arange(1, len(power_w) + 1))
    before = np.maximum.accumulate(places)
    clean = np.where(before > 0, power_w[before - 1], 0.0)
    return clean, count, (f"samples beyond {most_w:.3g} W were left out",)
