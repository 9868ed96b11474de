"""The energy of a streaming test: one run between the marks of its start and its stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.errors import LogInvalid, TooFewSamples
from edgebench.harness.devices.listening_rig import Heard
from edgebench.harness.metered.energy_record import energy_record, meter_record
from edgebench.harness.metered.trial import MeteredTrial, TrialRecorder, unlike_rules
from edgebench.mlperf.scenarios import Pace
from edgebench.mlperf.tiny.stream_files import ITERATIONS, StreamPower
from edgebench.power.contract import PowerMeter
from edgebench.rundir.records.device import TinyEnergyRecord
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow

TRACE = "trace.npz"


@dataclass(frozen=True)
class StreamEnergy:
    """A meter's trial of a streaming test; no trial, but a problem, where it saw too little."""

    meter: PowerMeter
    trial: MeteredTrial | None
    problem: str

    def logged(self, voltage_v: float | None) -> StreamPower | None:
        """Return what the official runner's files have of it."""
        if self.trial is None:
            return None
        samples, marks = self.trial.milliseconds()
        return StreamPower(samples, marks, voltage_v)

    def record(self, frames: int, latency_s: float) -> EnergyRecord:
        """Return the energy of the whole test, and of a frame.

        Parameters
        ----------
        latency_s
            What a frame takes.
        """
        trial = self.trial
        if trial is None:
            return EnergyRecord(meter=meter_record(self.meter.description), problem=self.problem)
        problems = [*([self.problem] if self.problem else []), *trial.trace.samples.faults]
        return replace(
            energy_record(trial.trace, trial.energy, [trial.idle], frames, latency_s),
            problem="; ".join(problems),
            checker_figure=trial.official().uj_per_inference,
            checker_unit="uJ of the stream",
            windows=(trial.idle, trial.window),
        )

    def tiny_record(self, pace: Pace) -> TinyEnergyRecord:
        """Return whether it is by the rules, and why not."""
        trials = () if self.trial is None else (self.trial.record(0),)
        reasons = [*([self.problem] if self.problem else []), *unlike_rules(trials)]
        if pace != "real-time":
            reasons.append("the recording was not played at its own pace")
        return TinyEnergyRecord(None, trials, not reasons, "; ".join(reasons))


def metered_stream(
    meter: PowerMeter, idle_s: float, folder: Path, run: Callable[[], Heard]
) -> tuple[Heard, StreamEnergy]:
    """Run a streaming test with a meter read, the device idle before it.

    What was read is kept in the folder whatever happens.
    """
    recorder = TrialRecorder(meter, idle_s)
    with recorder.around(folder / TRACE):
        heard = run()
    window = EnergyWindow("trial", heard.began_ns, heard.ended_ns)
    try:
        trial = recorder.trial(heard.asked_ns, heard.answered_ns, ITERATIONS, lambda: window)
    except (TooFewSamples, LogInvalid) as error:
        problems = [*([recorder.lost] if recorder.lost else []), str(error)]
        return heard, StreamEnergy(meter, None, "; ".join(problems))
    return heard, StreamEnergy(meter, trial, recorder.lost)
