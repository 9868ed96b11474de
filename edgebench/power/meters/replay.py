"""A recording as a meter, at the pace it was recorded at: ``recording:FILE``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, TraceInvalid
from edgebench.power.contract import Figures, Found
from edgebench.power.place import MeterPlace
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.recordings import read_recording
from edgebench.power.traces.trace import PowerTrace


class Replay(CloseOnExit):
    """A `PowerMeter`; what it says is of then, not of now, and its name says so."""

    def __init__(self, path: Path, trace: PowerTrace) -> None:
        if not len(trace.samples):
            raise TraceInvalid(f"{path} has no sample")
        self._path, self._samples = path, trace.samples
        self._start_ns = 0
        self._done_ns = -1
        self.description = replace(
            trace.meter,
            name=f"replay of {path.name}",
            detail=f"{trace.meter.name}: {trace.meter.detail}",
            is_estimate=True,
            estimate_reason="recorded earlier",
            clock="host",
        )

    def start(self) -> None:
        """Begin with its first sample."""
        self._start_ns = now_ns() - int(self._samples.t_ns[0])
        self._done_ns = int(self._samples.t_ns[0]) - 1

    def read(self) -> PowerSamples:
        """Return what would have come by now."""
        samples, until = self._samples, now_ns() - self._start_ns
        if self._done_ns >= int(samples.t_ns[-1]):
            raise MeterLost(f"{self._path} is at its end: it has {_seconds(samples):.3g} s")
        kept = (samples.t_ns > self._done_ns) & (samples.t_ns <= until)
        marks = None
        if samples.marks_ns is not None:
            fresh = (samples.marks_ns > self._done_ns) & (samples.marks_ns <= until)
            marks = samples.marks_ns[fresh] + self._start_ns if np.any(fresh) else None
        self._done_ns = until
        return PowerSamples(
            samples.t_ns[kept] + self._start_ns,
            samples.power_w[kept],
            None if samples.energy_j is None else samples.energy_j[kept],
            marks,
        )

    def stop(self) -> PowerSamples:
        """Return the rest until now."""
        return self.read()


def _seconds(samples: PowerSamples) -> float:
    return float(samples.t_ns[-1] - samples.t_ns[0]) / 1e9


class ReplayDriver:
    """A recording in a file."""

    name = "recording"
    aliases = ("npz", "csv", "spl")
    requires = None
    supplies = False
    options = None
    usage = "recording:FILE"
    summary = "a recording, at the pace it was recorded at"
    rate = "as recorded"
    figures = Figures.EARLIER
    advice = "a file that `edgebench power record` or another program wrote: `power=recording:FILE`"

    def discover(self) -> list[Found]:
        """Return nothing: only the user knows the file."""
        return []

    def open(self, place: MeterPlace) -> Replay:
        """Open a recording.

        Raises
        ------
        TraceInvalid, LogInvalid
            If it can't be read.
        """
        path = Path(place.required_address("recording:trace.npz"))
        return Replay(path, read_recording(path))
