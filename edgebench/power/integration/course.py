"""The energy until any moment, by samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgebench.power.samples import PowerSamples


@dataclass(frozen=True)
class Course:
    """Energy as it grows.

    Between two counts it grows evenly, between two momentary samples the power changes evenly (the
    trapezoid rule). Beyond the samples the power stays as it is at their end.

    Attributes
    ----------
    t_ns, joules
        Shape (n,): moments, and the energy until each from the first on.
    power_w
        Shape (n,): momentary power at each; None where only the energy is known.
    """

    t_ns: NDArray[np.int64]
    joules: NDArray[np.float64]
    power_w: NDArray[np.float64] | None

    @classmethod
    def counted(cls, samples: PowerSamples, averages: bool) -> Course | None:
        """Return the course of a meter that counts energy, or averages power without a gap.

        None of another one.
        """
        if samples.energy_j is not None:
            return cls(samples.t_ns, samples.energy_j, None)
        if not averages:
            return None
        spans_s = np.diff(samples.t_ns, prepend=samples.t_ns[0]) / 1e9
        return cls(samples.t_ns, np.cumsum(samples.power_w * spans_s), None)

    @classmethod
    def held(cls, samples: PowerSamples) -> Course:
        """Return the course of powers that hold until the next one: each time twice, a step."""
        moments, power = np.repeat(samples.t_ns, 2)[1:], np.repeat(samples.power_w, 2)[:-1]
        steps = power[:-1] * np.diff(moments / 1e9)
        return cls(moments, np.concatenate(([0.0], np.cumsum(steps))), power)

    @classmethod
    def momentary(cls, samples: PowerSamples) -> Course:
        """Return the course of momentary samples."""
        power = samples.power_w
        steps = (power[1:] + power[:-1]) / 2 * np.diff(samples.t_ns / 1e9)
        return cls(samples.t_ns, np.concatenate(([0.0], np.cumsum(steps))), power)

    def until(self, moments_ns: ArrayLike) -> NDArray[np.float64]:
        """Return the energy until moments."""
        moments = np.asarray(moments_ns, np.float64)
        place = self.place_of(moments)
        span_s = np.maximum(self.t_ns[place + 1] - self.t_ns[place], 1) / 1e9
        past_s = (moments - self.t_ns[place]) / 1e9
        grown = self.joules[place + 1] - self.joules[place]
        if self.power_w is None:
            counted: NDArray[np.float64] = self.joules[place] + grown * past_s / span_s
            return counted
        first, last = self.power_w[place], self.power_w[place + 1]
        inside_s = np.clip(past_s, 0, span_s)
        rises = (last - first) * inside_s**2 / (2 * span_s)
        beyond = np.where(past_s < 0, first, last) * (past_s - inside_s)
        found: NDArray[np.float64] = self.joules[place] + first * inside_s + rises + beyond
        return found

    def between(self, start_ns: float, end_ns: float) -> float:
        """Return the energy between two moments."""
        ends = self.until([start_ns, end_ns])
        return float(ends[1] - ends[0])

    def place_of(self, moments: ArrayLike) -> NDArray[np.int64]:
        """Return the intervals that moments lie in, by the sample that each begins with."""
        before = np.searchsorted(self.t_ns, np.asarray(moments), "right") - 1
        places: NDArray[np.int64] = np.clip(before, 0, len(self.t_ns) - 2)
        return places
