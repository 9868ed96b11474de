"""MLPerf Tiny's energy mode on a serial device: five trials, read by a meter that sees its pin.

Each trial loads an input, and runs it for 10 s or more between two pulses of the marker pin, which
the meter records on its own clock. Source: MLPerf Tiny's rules (mlcommons/tiny).
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns, utc_now
from edgebench.device.timing import Timed
from edgebench.errors import LogInvalid, TooFewSamples
from edgebench.files.disk import disk_errors
from edgebench.harness.devices.rig import DeviceRig
from edgebench.harness.devices.tiny import tiny_head
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.metered.energy_record import energy_record
from edgebench.mlperf.tiny.energy import (
    SAMPLE_S,
    LoggedTrial,
    Trial,
    trial_of,
    write_energy,
)
from edgebench.mlperf.tiny.files import LEAST_INFERENCES, LEAST_WINDOW_US, PERFORMANCE_WINDOWS
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.contract import PowerMeter
from edgebench.power.energy import Energy, energy_between
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.rundir.layout import ENERGY, TINY
from edgebench.rundir.records.device import TinyEnergyRecord, TinyTrial
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow

WARMUPS = 1
MARGINS = (1.05, 1.3, 1.7)
TAIL_S = 0.3
RATE_S = 0.5
LINE_NS = 5e6
"""By how much a window that the host timed may be off: what a serial line and USB may hold back."""


@dataclass(frozen=True)
class Measured:
    """One trial, and what it was taken from."""

    timed: Timed
    trace: PowerTrace
    idle: EnergyWindow
    window: EnergyWindow
    energy: Energy
    by_marks: bool

    @property
    def inferences_per_s(self) -> float:
        """By the window."""
        return self.timed.count / self.energy.duration_s


def measure_tiny_energy(runner: TestRunner, rig: DeviceRig, meter: PowerMeter) -> None:
    """Run the trials, write their files, and put them into the run's record.

    Raises
    ------
    DeviceError
        If the device fails; the trials before it are kept in the run directory.
    """
    record = runner.directory.record
    wanted_s = LEAST_WINDOW_US / 1e6
    if runner.request.duration_s is not None:
        wanted_s = min(wanted_s, runner.request.duration_s)
    count = min(PERFORMANCE_WINDOWS, runner.dataset.count)
    rows = [rig.sut.wire_row(runner.dataset.sample(index)) for index in range(count)]
    runner.progress.stage("MLPerf Tiny energy", count * (wanted_s + runner.request.idle_s + TAIL_S))
    folder = runner.directory.folder(TINY, ENERGY)
    trials = Trials(rig, meter, wanted_s, runner.request.idle_s)
    found: list[Measured] = []
    problem = ""
    for index in range(count):
        try:
            data = rows[index]
            path = folder / f"trial_{index + 1}.npz"
            rate = trials.rate(data) if not found else found[-1].inferences_per_s
            found.append(trials.trial(data, path, rate))
        except (TooFewSamples, LogInvalid) as error:
            problem = f"trial {index + 1}: {error}"
            break
        runner.progress.advance((index + 1) / count)
    if found:
        _write(runner, rig, found, folder)
    record.tiny_energy = _tiny_record(found, count, wanted_s, problem)
    record.energy = _energy_record(found, meter, problem)
    runner.directory.event(f"energy: {len(found)} of {count} trials, in {folder.name}")


@dataclass(frozen=True)
class Trials:
    """How trials are carried out."""

    rig: DeviceRig
    meter: PowerMeter
    wanted_s: float
    idle_s: float

    def trial(self, data: bytes, path: Path, rate: float) -> Measured:
        """Run a trial; again with more inferences where it was too short."""
        for margin in MARGINS:
            measured = self._once(
                data, path, max(LEAST_INFERENCES, ceil(margin * self.wanted_s * rate))
            )
            if measured.energy.duration_s >= self.wanted_s:
                break
            rate = measured.inferences_per_s
        return measured

    def rate(self, data: bytes) -> float:
        """Return about how many inferences a second the device does, by the host's clock."""
        one = self.rig.device.repaired(partial(self._infer, data, 1, 0), "a first inference")
        count = max(1, ceil(RATE_S / max(one.host_ns / 1e9, 1e-4)))
        some = self.rig.device.repaired(partial(self._infer, data, count, 0), "some inferences")
        return count / max((some.host_ns - some.line_ns) / 1e9, 1e-6)

    def _infer(self, data: bytes, count: int, warmups: int) -> Timed:
        self.rig.device.load(data)
        return self.rig.device.infer(count, warmups, timestamps=False)

    def _once(self, data: bytes, path: Path, inferences: int) -> Measured:
        reader = MeterReader(self.meter)
        period_s = self.meter.description.period_s
        try:
            with reader:
                idle_began = now_ns()
                time.sleep(max(self.idle_s, 3 * period_s))
                idle = EnergyWindow("idle", idle_began, now_ns())
                timed = self.rig.device.repaired(
                    partial(self._infer, data, inferences, WARMUPS), path.stem.replace("_", " ")
                )
                time.sleep(max(TAIL_S, 2 * period_s))
        finally:
            trace = reader.trace()
            with disk_errors(path.parent):
                save_trace(trace, path)
        if reader.lost is not None:
            raise LogInvalid(f"{reader.lost}. What was read of this trial is kept")
        began = timed.host_started_ns
        marks = _marks_within(trace, began, began + timed.host_ns)
        by_marks = len(marks) >= 2
        if by_marks:
            window = EnergyWindow("trial", int(marks[-2]), int(marks[-1]))
        else:
            window = _by_host(timed)
        energy = energy_between(
            trace, window.start_ns, window.end_ns, 0.0 if by_marks else LINE_NS, by_marks
        )
        return Measured(timed, trace, idle, window, energy, by_marks)


def _marks_within(trace: PowerTrace, began: int, ended: int) -> NDArray[np.int64]:
    """Return the marks of the trial, by the clocks' alignment; others are a reboot's, or noise."""
    marks = trace.samples.marks_ns
    if marks is None:
        return np.empty(0, np.int64)
    slack = LINE_NS + (0.0 if trace.alignment is None else trace.alignment.offset_bound_ns)
    found: NDArray[np.int64] = marks[(marks >= began - slack) & (marks <= ended + slack)]
    return found


def _by_host(timed: Timed) -> EnergyWindow:
    """Return the window where no mark was seen: the device's own time before its answer came.

    Raises
    ------
    LogInvalid
        If the device stated no time either.
    """
    if not timed.device_us:
        raise LogInvalid(
            "the meter saw no marks, and the device tells no timestamps: is the marker pin wired "
            "to the meter's input (D7 of an LPM01A, D0 of a PPK2)?"
        )
    end = timed.host_started_ns + timed.host_ns
    return EnergyWindow("trial", end - timed.device_us * 1000, end)


def _write(runner: TestRunner, rig: DeviceRig, found: list[Measured], folder: Path) -> None:
    logged = []
    for index, each in enumerate(found):
        samples, marks = _milliseconds(each)
        logged.append(
            LoggedTrial(
                f"{runner.dataset.name}_{index:06d}",
                len(each.timed.results),
                each.timed.results,
                samples,
                marks,
                each.timed.count,
                WARMUPS,
                runner.request.supply_v,
            )
        )
    with disk_errors(folder):
        write_energy(folder, tiny_head(rig), logged, utc_now())


def _milliseconds(each: Measured) -> tuple[list[float], list[int]]:
    """Return the joules of each millisecond, as the official runner keeps them, and the marks."""
    samples = each.trace.samples
    energy = samples.energy_j
    if energy is None:
        steps = np.diff(samples.t_ns) / 1e9 * (samples.power_w[1:] + samples.power_w[:-1]) / 2
        energy = np.concatenate(([0.0], np.cumsum(steps)))
    first, step = int(samples.t_ns[0]), round(SAMPLE_S * 1e9)
    grid = np.arange(first, int(samples.t_ns[-1]) + 1, step)
    joules = np.diff(np.interp(grid, samples.t_ns, energy))
    edges = (each.window.start_ns, each.window.end_ns)
    return joules.tolist(), [round((edge - first) / step) for edge in edges]


def _official(each: Measured) -> Trial:
    samples, marks = _milliseconds(each)
    return trial_of(samples, marks, each.timed.count)


def _tiny_record(
    found: list[Measured], count: int, wanted_s: float, problem: str
) -> TinyEnergyRecord:
    trials = []
    for index, each in enumerate(found):
        official = _official(each)
        trials.append(
            TinyTrial(
                index,
                each.timed.count,
                official.elapsed_s,
                official.energy_j,
                official.uj_per_inference,
                _uj(each.energy.uncertainty_j, each.timed.count),
                each.energy.lost_samples,
                "marks" if each.by_marks else "host",
                each.window.start_ns,
                each.window.end_ns,
            )
        )
    reasons = [problem] if problem else []
    if count < PERFORMANCE_WINDOWS:
        reasons.append(f"{count} inputs, not {PERFORMANCE_WINDOWS}")
    short = sum(trial.elapsed_s < LEAST_WINDOW_US / 1e6 for trial in trials)
    if short:
        reasons.append(f"{short} trials are shorter than 10 s")
    if any(trial.window_by != "marks" for trial in trials):
        reasons.append("the meter saw no marks: windows by the host's clock, not by the rules")
    if any(trial.lost_samples for trial in trials):
        reasons.append("the meter lost samples")
    value = median(trial.uj_per_inference for trial in trials) if trials else None
    return TinyEnergyRecord(value, tuple(trials), not reasons, "; ".join(reasons))


def _uj(joules: float | None, inferences: int) -> float | None:
    """Return microjoules per inference."""
    return None if joules is None else joules / inferences * 1e6


def _energy_record(found: list[Measured], meter: PowerMeter, problem: str) -> EnergyRecord:
    """Return the trial of the median as the run's energy."""
    if not found:
        return EnergyRecord(meter=asdict(meter.description), problem=problem)
    order = sorted(found, key=lambda each: each.energy.energy_j / each.timed.count)
    middle = order[len(order) // 2]
    faults = dict.fromkeys(fault for each in found for fault in each.trace.samples.faults)
    return replace(
        energy_record(
            middle.trace,
            middle.energy,
            [middle.idle],
            middle.timed.count,
            1 / middle.inferences_per_s,
        ),
        problem="; ".join([*([problem] if problem else []), *faults]),
        checker_figure=median(_official(each).uj_per_inference for each in found),
        checker_unit="uJ/inf.",
        windows=tuple(window for each in found for window in (each.idle, each.window)),
    )
