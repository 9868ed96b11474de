"""Power that is known at every moment: what the meters measure that are played."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Waveform:
    """A board that works in bursts, with a slow ripple; the same for every process of a machine.

    ``power = rest + burst, for `duty` of each period, + ripple x sin(2 pi t / ripple_period)``,
    where t is `edgebench.clock.now_ns`.
    """

    rest_w: float
    burst_w: float
    period_s: float = 0.0271
    duty: float = 0.4
    ripple_w: float = 0.0
    ripple_period_s: float = 3.3

    @classmethod
    def of(cls, seed: int, scale_w: float) -> Waveform:
        """Return one of many, between a tenth and the whole of a scale."""
        rng = np.random.default_rng(seed)
        return cls(
            rest_w=scale_w * rng.uniform(0.1, 0.3),
            burst_w=scale_w * rng.uniform(0.3, 0.6),
            period_s=rng.uniform(0.011, 0.04),
            duty=rng.uniform(0.3, 0.7),
            ripple_w=scale_w * rng.uniform(0.01, 0.05),
            ripple_period_s=rng.uniform(1.0, 4.0),
        )

    def energy_j(self, start_ns: int, end_ns: int) -> float:
        """Return the energy between two moments, in closed form."""
        ends = np.array([start_ns, end_ns], np.int64)
        return float(np.diff(self.until_j(ends - start_ns, start_ns))[0])

    def until_j(self, past_ns: NDArray[np.int64], base_ns: int) -> NDArray[np.float64]:
        """Return the integral at ``base_ns + past_ns``, but for a constant."""
        t = past_ns / 1e9
        turns = t / self.period_s + (base_ns / 1e9 / self.period_s) % 1
        working = np.floor(turns) * self.duty + np.minimum(turns % 1, self.duty)
        phase = 2 * np.pi * ((base_ns / 1e9 / self.ripple_period_s) % 1)
        angle = 2 * np.pi * t / self.ripple_period_s + phase
        ripple = -np.cos(angle) * self.ripple_period_s / (2 * np.pi)
        found: NDArray[np.float64] = (
            self.rest_w * t + self.burst_w * working * self.period_s + self.ripple_w * ripple
        )
        return found
