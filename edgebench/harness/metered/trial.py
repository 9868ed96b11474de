"""A trial of MLPerf Tiny's energy mode: what a meter saw of it, between a device's two marks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.files.disk import disk_errors
from edgebench.mlperf.tiny.energy import SAMPLE_S, Trial, trial_of
from edgebench.mlperf.tiny.files import LEAST_WINDOW_US
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.contract import PowerMeter
from edgebench.power.energy import Energy, energy_between
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.rundir.records.device import TinyTrial
from edgebench.rundir.records.energy import EnergyWindow

TAIL_S = 0.3
LINE_NS = 5e6
"""By how much a window that the host timed may be off: what a serial line and USB may hold back."""


@dataclass(frozen=True)
class MeteredTrial:
    """One trial.

    Attributes
    ----------
    idle, window
        Where the device idled before it, and where it lies.
    by_marks
        Whether the meter saw the window's edges.
    iterations
        How many inferences it has, as the official runner counts them.
    """

    trace: PowerTrace
    idle: EnergyWindow
    window: EnergyWindow
    energy: Energy
    by_marks: bool
    iterations: int

    def milliseconds(self) -> tuple[list[float], list[int]]:
        """Return the joules of each millisecond, as the official runner has them, and the marks."""
        samples = self.trace.samples
        energy = samples.energy_j
        if energy is None:
            steps = np.diff(samples.t_ns) / 1e9 * (samples.power_w[1:] + samples.power_w[:-1]) / 2
            energy = np.concatenate(([0.0], np.cumsum(steps)))
        first, step = int(samples.t_ns[0]), round(SAMPLE_S * 1e9)
        grid = np.arange(first, int(samples.t_ns[-1]) + 1, step)
        joules = np.diff(np.interp(grid, samples.t_ns, energy))
        edges = (self.window.start_ns, self.window.end_ns)
        return joules.tolist(), [round((edge - first) / step) for edge in edges]

    def official(self) -> Trial:
        """Return it as the official runner reckons it."""
        samples, marks = self.milliseconds()
        return trial_of(samples, marks, self.iterations)

    def record(self, sample: int) -> TinyTrial:
        """Return its record; `sample` is the input's number."""
        official, limit_j = self.official(), self.energy.uncertainty_j
        return TinyTrial(
            sample,
            self.iterations,
            official.elapsed_s,
            official.energy_j,
            official.uj_per_inference,
            None if limit_j is None else limit_j / self.iterations * 1e6,
            self.energy.lost_samples,
            "marks" if self.by_marks else "host",
            self.window.start_ns,
            self.window.end_ns,
        )


class TrialRecorder:
    """Reads a meter during a trial."""

    def __init__(self, meter: PowerMeter, idle_s: float) -> None:
        self._meter, self._idle_s = meter, idle_s
        self._reader = MeterReader(meter)
        self._idle: EnergyWindow
        self._trace: PowerTrace

    @contextmanager
    def around(self, path: Path) -> Iterator[None]:
        """Read while the device idles, then while the body runs, and keep what was read."""
        period_s = self._meter.description.period_s
        try:
            with self._reader:
                began = now_ns()
                time.sleep(max(self._idle_s, 3 * period_s))
                self._idle = EnergyWindow("idle", began, now_ns())
                yield
                time.sleep(max(TAIL_S, 2 * period_s))
        finally:
            self._trace = self._reader.trace()
            with disk_errors(path.parent):
                save_trace(self._trace, path)

    @property
    def lost(self) -> str:
        """Why the meter was lost; empty if it was not."""
        return "" if self._reader.lost is None else str(self._reader.lost)

    def trial(
        self, began_ns: int, ended_ns: int, iterations: int, by_host: Callable[[], EnergyWindow]
    ) -> MeteredTrial:
        """Return what was read.

        Parameters
        ----------
        began_ns, ended_ns
            When the device was asked to begin, and when its answer had come.
        by_host
            Returns the window where the meter saw no marks.

        Raises
        ------
        TooFewSamples
            If the window has too few samples.
        LogInvalid
            If it has enough for its energy, and too few for what the official runner adds up.
        """
        trace = self._trace
        marks = _marks_within(trace, began_ns, ended_ns)
        by_marks = len(marks) >= 2
        window = EnergyWindow("trial", int(marks[-2]), int(marks[-1])) if by_marks else by_host()
        energy = energy_between(
            trace, window.start_ns, window.end_ns, 0.0 if by_marks else LINE_NS, by_marks
        )
        trial = MeteredTrial(trace, self._idle, window, energy, by_marks, iterations)
        trial.official()  # or it would fail where results are written, after the measurement
        return trial


def unlike_rules(trials: Sequence[TinyTrial]) -> list[str]:
    """Return what trials lack of what the rules ask for, but for their number."""
    reasons = []
    short = sum(trial.elapsed_s < LEAST_WINDOW_US / 1e6 for trial in trials)
    if short:
        reasons.append(f"{short} trials are shorter than 10 s")
    if any(trial.window_by != "marks" for trial in trials):
        reasons.append("the meter saw no marks: windows by the host's clock, not by the rules")
    if any(trial.lost_samples for trial in trials):
        reasons.append("the meter lost samples")
    return reasons


def _marks_within(trace: PowerTrace, began: int, ended: int) -> NDArray[np.int64]:
    """Return the marks of the trial, by the clocks' alignment; others are a reboot's, or noise."""
    marks = trace.samples.marks_ns
    if marks is None:
        return np.empty(0, np.int64)
    slack = LINE_NS + (0.0 if trace.alignment is None else trace.alignment.offset_bound_ns)
    found: NDArray[np.int64] = marks[(marks >= began - slack) & (marks <= ended + slack)]
    return found
