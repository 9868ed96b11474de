"""Record a meter for a while."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edgebench.errors import EdgebenchError, Interrupted, MeterLost, TooFewSamples
from edgebench.files.disk import disk_errors
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import PowerMeter
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.processes.interruptions import interruption
from edgebench.text.sentences import and_then

STEP_S = 0.2
OnSample = Callable[[float, int], None]
"""Takes the seconds that have passed and the count of samples so far."""


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
    meter: PowerMeter, seconds: float, on_sample: OnSample = lambda gone_s, count: None
) -> PowerTrace:
    """Read an open meter for some seconds.

    Parameters
    ----------
    on_sample
        Called now and then with the seconds gone and the samples so far.

    Raises
    ------
    MeterLost
        If the meter was lost (`RecordingLost`).
    KeyboardInterrupt
        After Ctrl-C (`RecordingStopped`). Both have what was read before as ``trace``.
    """
    stopped: KeyboardInterrupt | None = None
    reader = MeterReader(meter)
    try:
        with reader:
            began = time.monotonic()
            while reader.lost is None and (gone := time.monotonic() - began) < seconds:
                time.sleep(min(STEP_S, seconds - gone))
                on_sample(time.monotonic() - began, reader.count)
    except KeyboardInterrupt as stop:
        stopped = stop
        reader.close()  # it may have come while the reader was being closed
    trace = reader.trace()
    if stopped is not None:
        raise RecordingStopped(trace) from stopped
    if reader.lost is not None:
        raise RecordingLost(str(reader.lost), trace) from reader.lost
    return trace


def record_to(
    out: Path,
    seconds: float,
    on_sample: OnSample,
    opened: PowerMeter,
) -> PowerTrace:
    """Record an open meter into a file, whatever ends it, and close it."""
    trace: PowerTrace | None = None
    try:
        with opened as meter:
            check_meter(meter)
            trace = record(meter, seconds, on_sample)
        if not len(trace.samples):
            raise TooFewSamples(
                f"{trace.meter.name} gave no sample in {seconds:g} s: nothing was written"
            )
        _keep(trace, out)
    except RecordingLost as error:
        _keep(error.trace, out)
        raise MeterLost(and_then(error, f"What was recorded before is in {out}")) from error
    except KeyboardInterrupt as stop:
        if isinstance(stop, RecordingStopped):
            trace = stop.trace
        ended = interruption(stop.__cause__ or stop)
        if trace is None or not len(trace.samples):
            raise Interrupted(f"{ended} before the first sample: nothing was written") from stop
        _keep(trace, out)
        raise Interrupted(f"{ended}. What was recorded is in {out}") from stop
    return trace


def _keep(trace: PowerTrace, out: Path) -> None:
    try:
        with disk_errors(out):
            save_trace(trace, out)
    except EdgebenchError as error:
        # What was recorded can't be had again.
        with suppress(OSError):
            found = _saved_elsewhere(trace)
            raise type(error)(and_then(error, f"The recording is in {found}")) from error
        raise


def _saved_elsewhere(trace: PowerTrace) -> Path:
    """Write a trace among the temporary files, by a name that nobody can plant a link under."""
    descriptor, name = tempfile.mkstemp(".npz", "edgebench-recording-")
    os.close(descriptor)
    found = Path(name)
    try:
        save_trace(trace, found)
    except BaseException:  # Ctrl-C as well: no empty file is left behind
        found.unlink()
        raise
    return found
