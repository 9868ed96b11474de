"""Columns of a file made into a trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid
from edgebench.power.description import MeterDescription
from edgebench.power.samples import MOST_S, PowerSamples, power_faults
from edgebench.power.traces.pace import period_s
from edgebench.power.traces.trace import PowerTrace

MOST_W = 1e6
"""A file may be of a rack of servers, of no more."""
MOST_REPEATED = 0.1
"""Of samples with the time of the one before: a log whose writer was late has a few of them."""


def recorded_trace(
    path: Path,
    seconds: NDArray[np.float64],
    watts: NDArray[np.float64],
    *,
    energy_j: NDArray[np.float64] | None = None,
    marks_s: NDArray[np.float64] | None = None,
    holds: bool = False,
    faults: tuple[str, ...] = (),
    detail: str = "a recording",
    channels: tuple[str, ...] = ("all",),
) -> PowerTrace:
    """Return the trace of a file that says nothing about its meter's accuracy.

    Parameters
    ----------
    seconds, watts, energy_j
        Shape (n,); the energy is a count, where the file has one.
    marks_s
        When the meter saw the device's marker, on the clock of `seconds`.
    holds
        Whether each power holds until the next.
    faults
        What is wrong with the recording, in words.
    detail, channels
        What wrote it, and which rails it is of.

    Raises
    ------
    TraceInvalid
        If there are fewer than two samples, they are not in the order of time, or several are of
        one time: it is unknown how long each of those lasted, or whether they are one rail's. Or if
        one is no number, or more than anything here can be.
    """
    if len(seconds) < 2:
        raise TraceInvalid(f"{path}: {len(seconds)} samples; two or more are required")
    if not (np.all(np.isfinite(seconds)) and np.all(np.isfinite(watts))):
        raise TraceInvalid(f"{path}: a time or a power that is no finite number")
    for found, most, unit in ((seconds, MOST_S, "s"), (watts, MOST_W, "W")):
        largest = float(np.abs(found).max())
        if largest > most:
            raise TraceInvalid(
                f"{path}: {largest:.4g} {unit}, and {most:g} {unit} is the most that can be: is "
                "its unit right?"
            )
    if np.any(np.diff(seconds) < 0):
        raise TraceInvalid(f"{path}: its samples are not in the order of time")
    repeated = int((np.diff(seconds) == 0).sum())
    if repeated > MOST_REPEATED * len(seconds):
        raise TraceInvalid(
            f"{path}: {repeated} of {len(seconds)} samples have the time of the one before: write "
            "times with more digits, and the rows of one rail only"
        )
    if energy_j is not None and not np.all(np.isfinite(energy_j)):
        raise TraceInvalid(f"{path}: an energy that is no finite number")
    meter = MeterDescription(
        name=path.name,
        detail=detail,
        channels=channels,
        period_s=period_s(seconds),
        counts_energy=energy_j is not None,
        accuracy=None,
        holds=holds,
    )
    times = np.round((seconds - seconds[0]) * 1e9).astype(np.int64)
    samples = PowerSamples(
        times,
        watts.astype(np.float64),
        energy_j,
        None if marks_s is None else np.round((marks_s - seconds[0]) * 1e9).astype(np.int64),
        faults=(*faults, *power_faults(watts)),
    )
    return PowerTrace(meter, samples)
