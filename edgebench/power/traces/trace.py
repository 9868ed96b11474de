"""A measurement from its start to its end: the samples, and the meter that they are of."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples
from edgebench.text.brief import Brief

PER_SAMPLE = ("t_ns", "power_w", "energy_j", "volts_v", "amps_a", "power_factor", "moment_ns")
"""The arrays of `PowerSamples` that have a value for each sample."""
ARRAYS = tuple(each.name for each in fields(PowerSamples) if each.name in (*PER_SAMPLE, "marks_ns"))


@dataclass(frozen=True)
class Alignment:
    """The host's time of a meter's: ``host = meter + offset + drift x (meter - pivot)``.

    Attributes
    ----------
    offset_ns, drift_ppm
        At the pivot.
    offset_bound_ns
        The most that a time may be wrong, anywhere among the samples.
    drift_bound_ppm
        The most that the drift may be wrong.
    missing_ns
        How much of the meter's time is not there: samples that were lost. 0 if all fits.
    """

    pivot_ns: int
    offset_ns: float
    drift_ppm: float
    offset_bound_ns: float
    drift_bound_ppm: float
    missing_ns: float = 0.0

    def host_ns(self, meter_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the host's times."""
        past = meter_ns - self.pivot_ns
        shift = np.round(self.offset_ns + self.drift_ppm * 1e-6 * past).astype(np.int64)
        host: NDArray[np.int64] = meter_ns + shift
        return host


@dataclass(frozen=True)
class Loss:
    """Samples that are missing without leaving a gap: how many, and that they are from before."""

    until_ns: int
    samples: float


@dataclass(frozen=True, repr=False)
class PowerTrace(Brief):
    """All samples of a measurement, on the host's clock, and the meter that measured them.

    Attributes
    ----------
    alignment
        How the meter's clock was converted to the host's; None for a meter that uses the host's.
    losses
        The samples that are missing without leaving a gap.
    """

    meter: MeterDescription
    samples: PowerSamples
    alignment: Alignment | None = None
    losses: tuple[Loss, ...] = ()

    def between(self, start_ns: int, end_ns: int) -> PowerTrace:
        """Return the part with the samples of a stretch of time."""
        samples = self.samples
        kept = (samples.t_ns >= start_ns) & (samples.t_ns <= end_ns)
        marks = samples.marks_ns
        if marks is not None:
            marks = marks[(marks >= start_ns) & (marks <= end_ns)]
        arrays = {
            name: array[kept]
            for name in PER_SAMPLE
            if (array := getattr(samples, name)) is not None
        }
        found = replace(samples, marks_ns=marks, **arrays)
        losses = tuple(each for each in self.losses if start_ns <= each.until_ns <= end_ns)
        return replace(self, samples=found, losses=losses)
