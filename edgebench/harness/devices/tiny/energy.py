"""MLPerf Tiny's energy mode on a serial device: five trials, read by a meter that sees its pin.

Each trial loads an input, and runs it for 10 s or more between two pulses of the marker pin, which
the meter records on its own clock. Source: MLPerf Tiny's rules (mlcommons/tiny).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from statistics import median

from edgebench.clock import utc_now
from edgebench.device.timing import Timed
from edgebench.errors import LogInvalid, TooFewSamples
from edgebench.files.disk import disk_errors
from edgebench.harness.devices.rig import DeviceRig
from edgebench.harness.devices.tiny.windows import tiny_head
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.metered.energy_record import energy_record, meter_record
from edgebench.harness.metered.trial import TAIL_S, MeteredTrial, TrialRecorder, unlike_rules
from edgebench.mlperf.tiny.energy import LoggedTrial, write_energy
from edgebench.mlperf.tiny.files import LEAST_INFERENCES, LEAST_WINDOW_US, PERFORMANCE_WINDOWS
from edgebench.power.contract import PowerMeter
from edgebench.rundir.layout import ENERGY, TINY
from edgebench.rundir.records.device import TinyEnergyRecord
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow

WARMUPS = 1
MARGINS = (1.05, 1.3, 1.7)
RATE_S = 0.5


@dataclass(frozen=True)
class Measured:
    """One trial, and what the device said of it."""

    timed: Timed
    trial: MeteredTrial

    @property
    def inferences_per_s(self) -> float:
        """By the window."""
        return self.timed.count / self.trial.energy.duration_s


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
            if measured.trial.energy.duration_s >= self.wanted_s:
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
        recorder = TrialRecorder(self.meter, self.idle_s)
        with recorder.around(path):
            timed = self.rig.device.repaired(
                partial(self._infer, data, inferences, WARMUPS), path.stem.replace("_", " ")
            )
        if recorder.lost:
            raise LogInvalid(f"{recorder.lost}. What was read of this trial is kept")
        began = timed.host_started_ns
        by_host = partial(_by_host, timed, self.meter.description.marker_input)
        trial = recorder.trial(began, began + timed.host_ns, timed.count, by_host)
        return Measured(timed, trial)


def _by_host(timed: Timed, marker_input: str) -> EnergyWindow:
    """Return the window where no mark was seen: the device's own time before its answer came.

    Raises
    ------
    LogInvalid
        If the device stated no time either.
    """
    if not timed.device_us:
        raise LogInvalid(
            "the meter saw no marks, and the device tells no timestamps: "
            + (
                f"is the marker pin wired to the meter's input {marker_input}?"
                if marker_input
                else "as it is set, the meter has no input for the marker pin"
            )
        )
    end = timed.host_started_ns + timed.host_ns
    return EnergyWindow("trial", end - timed.device_us * 1000, end)


def _write(runner: TestRunner, rig: DeviceRig, found: list[Measured], folder: Path) -> None:
    logged = []
    for index, each in enumerate(found):
        samples, marks = each.trial.milliseconds()
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


def _tiny_record(
    found: list[Measured], count: int, wanted_s: float, problem: str
) -> TinyEnergyRecord:
    trials = tuple(each.trial.record(index) for index, each in enumerate(found))
    reasons = [problem] if problem else []
    if count < PERFORMANCE_WINDOWS:
        reasons.append(f"{count} inputs, not {PERFORMANCE_WINDOWS}")
    reasons += unlike_rules(trials)
    value = median(trial.uj_per_inference for trial in trials) if trials else None
    return TinyEnergyRecord(value, trials, not reasons, "; ".join(reasons))


def _energy_record(found: list[Measured], meter: PowerMeter, problem: str) -> EnergyRecord:
    """Return the trial of the median as the run's energy."""
    if not found:
        return EnergyRecord(meter=meter_record(meter.description), problem=problem)
    order = sorted(found, key=lambda each: each.trial.energy.energy_j / each.timed.count)
    middle = order[len(order) // 2]
    trials = [each.trial for each in found]
    faults = dict.fromkeys(fault for each in trials for fault in each.trace.samples.faults)
    return replace(
        energy_record(
            middle.trial.trace,
            middle.trial.energy,
            [middle.trial.idle],
            middle.timed.count,
            1 / middle.inferences_per_s,
        ),
        problem="; ".join([*([problem] if problem else []), *faults]),
        checker_figure=median(each.official().uj_per_inference for each in trials),
        checker_unit="uJ/inf.",
        windows=tuple(window for each in trials for window in (each.idle, each.window)),
    )
