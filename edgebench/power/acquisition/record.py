"""Recording a meter for a while, and reading recordings of others."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import Interrupted, MeterLost, TraceInvalid, UsageError
from edgebench.files.disk import disk_errors
from edgebench.mlperf.power.log import read_spl
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import MeterDescription, PowerMeter, PowerSamples
from edgebench.power.energy import Energy, energy_between
from edgebench.power.open import open_meter
from edgebench.power.traces.trace import PowerTrace, load_trace

STEP_S = 0.2


class RecordingLost(MeterLost):
    """The meter was lost; ``trace`` has what was read before."""

    def __init__(self, text: str, trace: PowerTrace) -> None:
        super().__init__(text)
        self.trace = trace


class RecordingStopped(KeyboardInterrupt):
    """Ctrl-C; ``trace`` has what was read before."""

    def __init__(self, trace: PowerTrace) -> None:
        super().__init__()
        self.trace = trace


def record(
    meter: PowerMeter, seconds: float, told: Callable[[float, int], None] = lambda s, n: None
) -> PowerTrace:
    """Read an open meter for some seconds.

    Parameters
    ----------
    told
        Called now and then with the seconds gone and the samples so far.

    Raises
    ------
    MeterLost
        If the meter was lost (`RecordingLost`).
    KeyboardInterrupt
        After Ctrl-C (`RecordingStopped`). Both have what was read before as ``trace``.
    """
    stopped: KeyboardInterrupt | None = None
    with MeterReader(meter) as reader:
        began = time.monotonic()
        try:
            while reader.lost is None and (gone := time.monotonic() - began) < seconds:
                time.sleep(min(STEP_S, seconds - gone))
                told(time.monotonic() - began, reader.count)
        except KeyboardInterrupt as stop:
            stopped = stop
    trace = reader.trace()
    if stopped is not None:
        raise RecordingStopped(trace) from stopped
    if reader.lost is not None:
        raise RecordingLost(str(reader.lost), trace) from reader.lost
    return trace


def record_to(
    out: Path,
    power: str,
    seconds: float,
    told: Callable[[float, int], None],
    supply_v: float | None = None,
) -> PowerTrace:
    """Record a meter into a file, whatever ends it; see `edgebench.api.record_power`."""
    with open_meter(power, supply_v) as meter:
        check_meter(meter)
        try:
            trace = record(meter, seconds, told)
        except RecordingLost as error:
            _keep(error.trace, out)
            raise MeterLost(f"{error}. What was recorded before is in {out}") from error
        except RecordingStopped as stop:
            _keep(stop.trace, out)
            raise Interrupted(f"Interrupted. What was recorded is in {out}") from stop
    _keep(trace, out)
    return trace


def _keep(trace: PowerTrace, out: Path) -> None:
    with disk_errors(out):
        trace.save(out)


def integrate(trace: PowerTrace, start: float | str, end: float | None) -> Energy:
    """Return the energy of a part of a trace; see `edgebench.api.integrate_power`."""
    samples = trace.samples
    if not len(samples):
        raise TraceInvalid(f"{trace.meter.name}: the recording has no sample")
    first, last = int(samples.t_ns[0]), int(samples.t_ns[-1])
    if start == "marks":
        marks = [] if samples.marks_ns is None else samples.marks_ns.tolist()
        if len(marks) < 2:
            raise TraceInvalid(
                f"the recording has {len(marks)} marks, a window has 2: is the marker pin wired?"
            )
        return energy_between(trace, marks[-2], marks[-1], by_marks=True)
    try:
        start_ns = first + int(float(start) * 1e9)
        end_ns = last if end is None else first + int(end * 1e9)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--from takes seconds or marks, --to seconds: not {start!r}") from error
    if not first <= start_ns < end_ns <= last:
        raise UsageError(
            f"the recording has {(last - first) / 1e9:.6g} s: from {start} to "
            f"{'its end' if end is None else end} is no part of it"
        )
    return energy_between(trace, start_ns, end_ns)


def read_recording(path: Path) -> PowerTrace:
    """Read a recording: edgebench's .npz, MLPerf's spl.txt, or a .csv of seconds and watts.

    Raises
    ------
    TraceInvalid, LogInvalid
        If it is none, with the line.
    """
    if path.suffix == ".npz":
        return load_trace(path)
    if path.suffix == ".txt":
        lines = read_spl(path)
        begin = lines[0].when
        seconds = [(line.when - begin).total_seconds() for line in lines]
        watts = [line.watts for line in lines]
    else:
        seconds, watts = _csv_columns(path)
    return _trace(path, np.array(seconds), np.array(watts))


def _csv_columns(path: Path) -> tuple[list[float], list[float]]:
    seconds, watts = [], []
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            for number, row in enumerate(csv.reader(file), 1):
                try:
                    pair = float(row[0]), float(row[1])
                except (ValueError, IndexError) as error:
                    if number == 1:
                        continue  # a header
                    raise TraceInvalid(
                        f"{path}, line {number}: seconds and watts are wanted, not {row}"
                    ) from error
                seconds.append(pair[0])
                watts.append(pair[1])
    except OSError as error:
        raise TraceInvalid(f"{path} can't be read: {error}") from error
    return seconds, watts


def _trace(path: Path, seconds: NDArray[np.float64], watts: NDArray[np.float64]) -> PowerTrace:
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
