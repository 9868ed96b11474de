"""Power that is known at every moment: what the meters measure that are played."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Load(StrEnum):
    """A board's load."""

    BURSTS = "bursts"
    CONSTANT = "constant"
    RAMP = "ramp"
    STEP = "step"


RAMP_PERIOD_S = 80.0
STEP_S = 2.0


@dataclass(frozen=True)
class Waveform:
    """A board that works in bursts, with a slow ripple; the same for every process of a machine.

    ``power = rest + burst, for `duty` of each period, + ripple x sin(2 pi t / ripple_period) + ramp
    x triangle(t / RAMP_PERIOD_S)``, where t is `edgebench.clock.now_ns`, and the triangle goes from
    -1 to 1 and back.
    """

    rest_w: float
    burst_w: float
    period_s: float = 0.0271
    duty: float = 0.4
    ripple_w: float = 0.0
    ripple_period_s: float = 3.3
    ramp_w: float = 0.0

    @classmethod
    def of(
        cls, seed: int, scale_w: float, load: Load = Load.BURSTS, step_s: float = 0.0
    ) -> Waveform:
        """Return one of many, between a tenth and the whole of a scale.

        Parameters
        ----------
        step_s
            Of a load that steps: it works, and rests, for so long, from a multiple of twice that.
        """
        rng = np.random.default_rng(seed)
        rest_w = scale_w * rng.uniform(0.1, 0.3)
        burst_w = scale_w * rng.uniform(0.3, 0.6)
        if load is Load.CONSTANT:
            return cls(rest_w + burst_w, 0.0)
        if load is Load.RAMP:
            return cls(rest_w + burst_w, 0.0, ramp_w=burst_w / 2)
        if load is Load.STEP:
            return cls(rest_w, burst_w, 2 * (step_s or STEP_S), 0.5)
        return cls(
            rest_w,
            burst_w,
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
        if self.ramp_w:
            ramps = t / RAMP_PERIOD_S + (base_ns / 1e9 / RAMP_PERIOD_S) % 1
            found += self.ramp_w * RAMP_PERIOD_S * _triangle_integral(ramps % 1)
        return found


def _triangle_integral(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral of a triangle from -1 to 1 and back, from the begin of a turn."""
    rising = 2 * turn**2 - turn
    falling = 3 * (turn - 0.5) - 2 * (turn**2 - 0.25)
    found: NDArray[np.float64] = np.where(turn < 0.5, rising, falling)
    return found
