"""Columns of a file made into a trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace


def recorded_trace(
    path: Path, seconds: NDArray[np.float64], watts: NDArray[np.float64]
) -> PowerTrace:
    """Return the trace of a file that says nothing about its meter.

    Parameters
    ----------
    seconds, watts
        Shape (n,).

    Raises
    ------
    TraceInvalid
        If there are fewer than two samples, they are not in the order of time, or one is no number.
    """
    if len(seconds) < 2 or np.any(np.diff(seconds) < 0) or not np.all(np.isfinite(watts)):
        raise TraceInvalid(f"{path}: two samples or more are wanted, in the order of time")
    meter = MeterDescription(
        name=path.name,
        detail="a recording",
        channels=("all",),
        period_s=float(np.median(np.diff(seconds))),
        counts_energy=False,
        accuracy=None,
    )
    times = np.round((seconds - seconds[0]) * 1e9).astype(np.int64)
    return PowerTrace(meter, PowerSamples(times, watts.astype(np.float64)))
