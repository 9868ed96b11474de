"""Power meters by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgebench.api.arguments import public

if TYPE_CHECKING:
    from edgebench.power.energy import Energy
    from edgebench.power.find import MeterFinding
    from edgebench.power.traces.trace import PowerTrace


@public
def meters() -> list[MeterFinding]:
    """Return which power meters are here, and what to do about those that can't be read."""
    from edgebench.power.find import find_meters

    return find_meters()


@public
def record_power(
    power: str,
    *,
    seconds: float,
    out: str | Path,
    supply_v: float | None = None,
    on_sample: Callable[[float, int], None] | None = None,
) -> PowerTrace:
    """Record a power meter for some seconds into a .npz, and return the trace.

    Parameters
    ----------
    power
        A meter, as `meters` names it.
    seconds
        For how long.
    out
        The .npz that is written.
    supply_v
        What the meter supplies the board with, for those that do, in volts.
    on_sample
        Called with the seconds that have passed and the count of samples.

    Raises
    ------
    MeterNotFound
        If it is not here.
    MeterLost, Interrupted
        If it was lost, or after Ctrl-C; what was recorded before is in the file.
    """
    from edgebench.power.acquisition.record import record_to

    return record_to(Path(out), power, seconds, on_sample or _ignore, supply_v)


@public
def integrate_power(
    recording: str | Path, *, start: float | Literal["marks"] = 0.0, end: float | None = None
) -> Energy:
    """Return the energy of a part of a recording.

    Parameters
    ----------
    recording
        A .npz of `record_power`, MLPerf's spl.txt, or a .csv of seconds and watts.
    start, end
        Seconds from the recording's start; ``"marks"`` takes the last two marks of the meter.

    Raises
    ------
    TraceInvalid, LogInvalid
        If the file is no recording, or has no two marks.
    TooFewSamples
        If the part has too few.
    """
    from edgebench.power.integrate import integrate
    from edgebench.power.traces.recordings import read_recording

    return integrate(read_recording(Path(recording)), start, end)


def _ignore(seconds: float, count: int) -> None:
    """Report to nobody."""
