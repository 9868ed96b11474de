"""Play the readings of a meter: the waveform by its own clock, with its error and faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.power.description import Accuracy
from edgebench.virtual.meters.faults import UNIFORM, Faults
from edgebench.virtual.meters.marker import Marker
from edgebench.virtual.meters.waveform import Load, Waveform

ABSURD = 1e3


@dataclass(frozen=True)
class Seen:
    """A meter's samples since the last time.

    Attributes
    ----------
    first
        The number of the first sample.
    power_w, shown_w
        The mean of each sample's period; and what is shown of it, which may be absurd.
    gets_through
        Which samples are not lost.
    marks
        When, in samples from the start.
    """

    first: int
    power_w: NDArray[np.float64]
    shown_w: NDArray[np.float64]
    gets_through: NDArray[np.bool_]
    marks: list[float]

    def shown(self) -> Iterator[tuple[int, float, bool]]:
        """Yield each sample's number, watts that are shown, and whether it gets through."""
        pairs = zip(self.shown_w.tolist(), self.gets_through.tolist(), strict=True)
        for number, (watts, passes) in enumerate(pairs, self.first):
            yield number, watts, passes


class Instrument:
    """A meter that samples the waveform.

    Parameters
    ----------
    scale_w
        The most that the waveform takes, about.
    period_s
        Between samples, by the meter's clock.
    limits
        Of its error: gains and offsets from the whole of them are drawn.
    """

    def __init__(
        self,
        faults: Faults,
        scale_w: float,
        period_s: float,
        limits: Accuracy | None,
        marker: Marker | None = None,
    ) -> None:
        self.faults = faults
        self.waveform = Waveform.of(faults.seed, scale_w, Load(faults.load), faults.step)
        self.scale_w = scale_w
        self._rng = np.random.default_rng([faults.seed, 4])
        self._gain, self._offset_w = 1.0, 0.0
        for each in limits.limits if limits is not None and not faults.exact else ():
            # Each limit is independent; as two standard deviations where it is normal.
            is_uniform = faults.error == UNIFORM
            drawn = self._rng.uniform(-1, 1) if is_uniform else self._rng.normal(0, 0.5)
            self._gain += each.of_reading * drawn
            self._offset_w += each.offset_w * drawn
        self._sign = -1.0 if faults.negative else 1.0
        self._held_w: float | None = None
        self._is_ending = False
        self._marker = marker
        self.set_period(period_s)
        self.started_ns: int | None = None
        self._done = 0

    def set_period(self, period_s: float) -> None:
        """Sample at another pace from the next start on."""
        self.period_s = period_s
        self._host_period_ns = period_s * 1e9 / (1 + self.faults.skew * 1e-6)

    def start(self) -> None:
        """Begin to sample."""
        self.started_ns = now_ns()
        self._done = 0
        self._held_w, self._is_ending = None, False
        if self._marker is not None:
            self._marker.take()

    def ending(self) -> None:
        """Hand over what was kept back: the stop has come."""
        self._is_ending = True

    def stop(self) -> None:
        """End."""
        self.started_ns = None

    @property
    def running_s(self) -> float:
        """For how long it has sampled."""
        return 0.0 if self.started_ns is None else (now_ns() - self.started_ns) / 1e9

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing more."""
        return 0 < self.faults.stall < self.running_s

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return 0 < self.faults.unplug < self.running_s

    @property
    def has_overflowed(self) -> bool:
        """Whether its buffer or its range was left."""
        return 0 < self.faults.overflow < self.running_s

    def new(self) -> Seen:
        """Return what there is since the last time."""
        if self.started_ns is None:
            return Seen(0, np.empty(0), np.empty(0), np.empty(0, bool), [])
        kept_back_ns = 0.0 if self._is_ending else self.faults.hold * 1e9
        past_ns = max(now_ns() - self.started_ns - kept_back_ns, 0.0)
        by_now = int(past_ns / self._host_period_ns)
        first, self._done = self._done, max(self._done, by_now)
        count = self._done - first
        power = self.means(self.started_ns, first, count)
        kept = self._rng.random(count) >= self.faults.loss
        shown = self._disturbed(self._frozen(power, first))
        until = self.started_ns + round(self._done * self._host_period_ns)
        marks = [
            (each - self.started_ns) / self._host_period_ns for each in self._marks_until(until)
        ]
        marks = [float(max(first, min(each, self._done))) for each in marks]
        return Seen(first, power, shown, kept, marks)

    def means(self, started_ns: int, first: int, count: int) -> NDArray[np.float64]:
        """Return the mean power of each sample's period, as the meter has it."""
        numbers = np.arange(first, first + count + 1)
        edges = np.round(numbers * self._host_period_ns).astype(np.int64)
        energy = np.diff(self.waveform.until_j(edges, started_ns))
        spans = np.maximum(np.diff(edges), 1) / 1e9
        found: NDArray[np.float64] = self._gain * energy / spans + self._offset_w
        return found

    def _frozen(self, power_w: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Return power that stays as it was after some time."""
        if not self.faults.frozen or not len(power_w):
            return power_w
        moves = max(round(self.faults.frozen / self.period_s) - first, 0)
        if moves:
            self._held_w = float(power_w[min(moves, len(power_w)) - 1])
        still = np.arange(len(power_w)) >= moves
        return np.where(still, self._held_w or 0.0, power_w)

    def _disturbed(self, power_w: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return power as it is shown: in another unit, absurd at times, or no number."""
        shown = power_w * self.faults.unit * self._sign
        for share, value in (
            (self.faults.spike, self.scale_w * ABSURD),
            (self.faults.nan, np.nan),
        ):
            if share:
                shown = np.where(self._rng.random(len(shown)) < share, value, shown)
        return shown

    def shown_between(self, start_ns: int, end_ns: int) -> float:
        """Return the mean power between two moments, as the meter shows it when it is asked."""
        power = self.mean_between(start_ns, end_ns)
        if 0 < self.faults.frozen < self.running_s:
            power = power if self._held_w is None else self._held_w
        self._held_w = power
        return float(self._disturbed(np.array([power]))[0])

    def mean_between(self, start_ns: int, end_ns: int) -> float:
        """Return the mean power between two moments, as the meter has it."""
        return float(self.means_between(np.array([start_ns, end_ns]))[0])

    def means_between(self, edges_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the mean power between each two moments, as the meter has it."""
        past = edges_ns - edges_ns[0]
        energy = np.diff(self.waveform.until_j(past, int(edges_ns[0])))
        found: NDArray[np.float64] = self._gain * energy / np.maximum(np.diff(past), 1) * 1e9
        return found + self._offset_w

    def is_lost(self) -> bool:
        """Whether this one sample, of those that are asked for, is lost."""
        return bool(self._rng.random() < self.faults.loss)

    def measured_j(self, start_ns: int, end_ns: int) -> float:
        """Return the energy between two moments, as the meter has it."""
        return self.mean_between(start_ns, end_ns) * (end_ns - start_ns) / 1e9

    def _marks_until(self, end_ns: int) -> list[int]:
        return [] if self._marker is None else self._marker.take(end_ns)
