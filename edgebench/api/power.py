"""Power meters by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgebench.api.arguments import public

if TYPE_CHECKING:
    from edgebench.power.energy import Energy
    from edgebench.power.find import MeterFinding
    from edgebench.power.kinds import MeterKind
    from edgebench.power.traces.trace import PowerTrace


@public
def meters() -> list[MeterFinding]:
    """Return which power meters are here, and what to do about those that can't be read."""
    from edgebench.power.find import find_meters

    return find_meters()


@public
def list_meters() -> list[MeterKind]:
    """Return the kinds of power meters that are installed, ours and other packages'."""
    from edgebench.power.kinds import meter_kinds

    return meter_kinds()


@public
def record_power(
    power: str,
    *,
    seconds: float,
    out: str | Path,
    supply_v: float | None = None,
    meter_accuracy: float | None = None,
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
    meter_accuracy
        The meter's limit of error relative to its reading (0.005 is 0.5 %), where you know it
        better than its driver.
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
    from edgebench.power.open import open_meter

    return record_to(
        Path(out), seconds, on_sample or _ignore, open_meter(power, supply_v, meter_accuracy)
    )


@public
def integrate_power(
    recording: str | Path,
    *,
    start: float | Literal["marks"] = 0.0,
    end: float | None = None,
    supply_v: float | None = None,
    columns: Mapping[str, str] | None = None,
    rail: str | None = None,
    meter_accuracy: float | None = None,
) -> Energy:
    """Return the energy of a part of a recording.

    Parameters
    ----------
    recording
        A .npz of `record_power`, MLPerf's spl.txt, Nordic's .ppk2, a log of tegrastats, or a table
        with units in its header.
    start, end
        Seconds from the recording's start; ``"marks"`` takes the last two marks of the meter.
    supply_v
        The board's voltage, for a file with currents alone.
    columns
        What the columns of a table are, where its header does not say: ``{"time": "t_ms",
        "current": "uA"}``, or with a unit, ``{"time": "1:s", "power": "2:W"}``.
    rail
        Which rail of a file with several.
    meter_accuracy
        The meter's limit of error relative to its reading (0.005 is 0.5 %): most files don't say.

    Raises
    ------
    TraceInvalid, LogInvalid
        If the file is no recording, or has no two marks.
    TooFewSamples
        If the part has too few.
    """
    from edgebench.power.description import stated_by_user
    from edgebench.power.integrate import integrate
    from edgebench.power.traces.format import ReadOptions
    from edgebench.power.traces.recordings import read_recording

    trace = read_recording(Path(recording), ReadOptions(supply_v, columns, rail))
    if meter_accuracy is not None:
        accuracy = stated_by_user(meter_accuracy)
        trace = replace(trace, meter=replace(trace.meter, accuracy=accuracy))
    return integrate(trace, start, end)


def _ignore(seconds: float, count: int) -> None:
    """Report to nobody."""
