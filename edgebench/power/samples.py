"""Hold a power meter's samples, and what the host knows of their times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.text.brief import Brief

MOST_S = 9e9
"""Of a clock that is not the host's: nanoseconds of it fit into 64 bits."""


@dataclass(frozen=True)
class Exchange:
    """A moment of the meter's clock, and what the host knows of when it was.

    Attributes
    ----------
    meter_ns
        On the meter's clock.
    earliest_ns, latest_ns
        On the host's: a command's sending and its answer's coming; None where only one is known.
    """

    meter_ns: int
    earliest_ns: int | None
    latest_ns: int | None


@dataclass(frozen=True, repr=False)
class PowerSamples(Brief):
    """Samples in the order of time.

    Attributes
    ----------
    t_ns
        Shape (n,), int64: `edgebench.clock.now_ns` of each, or the meter's own clock.
    power_w
        Shape (n,), float64: of that moment; of a meter that counts energy, the mean since the
        sample before.
    energy_j
        Shape (n,): the count, from the first sample on; only of such a meter.
    marks_ns
        When the meter saw the device's marker, on the same clock as `t_ns`.
    volts_v, amps_a
        Shape (n,), where they are measured.
    moment_ns
        Shape (n,): by how much the time of each may be wrong, where the meter was asked for it
        and it is not known when between question and answer it measured.
    exchanges
        What the host learned of the meter's clock meanwhile.
    lost
        How many samples are missing, or wrong, without leaving a gap in `t_ns`; may be parts of one
        where a sample is a mean of many.
    faults
        What is wrong with them, in words: an overflow, a range that was left.
    power_factor
        Shape (n,), where it is measured.
    """

    t_ns: NDArray[np.int64]
    power_w: NDArray[np.float64]
    energy_j: NDArray[np.float64] | None = None
    marks_ns: NDArray[np.int64] | None = None
    volts_v: NDArray[np.float64] | None = None
    amps_a: NDArray[np.float64] | None = None
    moment_ns: NDArray[np.float64] | None = None
    exchanges: tuple[Exchange, ...] = ()
    lost: float = 0.0
    faults: tuple[str, ...] = ()
    power_factor: NDArray[np.float64] | None = None

    @classmethod
    def none(cls) -> PowerSamples:
        """Return no samples."""
        return cls(np.empty(0, np.int64), np.empty(0))

    def __len__(self) -> int:
        return len(self.t_ns)

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(
            len(self.t_ns)
            or self.marks_ns is not None
            or self.exchanges
            or self.lost
            or self.faults
        )


def power_faults(power_w: NDArray[np.float64]) -> list[str]:
    """Return what is wrong with powers of shape (n,) as a whole, in words."""
    if len(power_w) and power_w.mean() < 0:
        return ["its mean power is below 0 W: are its leads the wrong way round?"]
    return []
