"""Power meters by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgebench.power.energy import Energy
    from edgebench.power.find import MeterFinding
    from edgebench.power.traces.trace import PowerTrace


def meters() -> list[MeterFinding]:
    """Return which power meters are here, and what to do about those that can't be read."""
    from edgebench.power.find import find_meters

    return find_meters()


def record_power(
    power: str,
    seconds: float,
    out: str | Path,
    told: Callable[[float, int], None] | None = None,
    supply_v: float | None = None,
) -> PowerTrace:
    """Record a power meter for some seconds into a .npz, and return the trace.

    Raises
    ------
    MeterNotFound
        If it is not here.
    MeterLost, Interrupted
        If it was lost, or after Ctrl-C; what was recorded before is in the file.
    """
    from edgebench.power.acquisition.record import record_to

    return record_to(Path(out), power, seconds, told or (lambda gone, count: None), supply_v)


def integrate_power(
    recording: str | Path, start: float | str = 0.0, end: float | None = None
) -> Energy:
    """Return the energy of a part of a recording.

    Parameters
    ----------
    start, end
        Seconds from the recording's start; ``"marks"`` takes the last two marks of the meter.

    Raises
    ------
    TraceInvalid, LogInvalid
        If the file is no recording, or has no two marks.
    TooFewSamples
        If the part has too few.
    """
    from edgebench.power.acquisition.record import integrate, read_recording

    return integrate(read_recording(Path(recording)), start, end)
