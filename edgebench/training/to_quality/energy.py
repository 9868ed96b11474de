"""The energy of timed runs: a meter read during each, from its first touch of data to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from edgebench.clock import now_ns
from edgebench.errors import TooFewSamples
from edgebench.files.disk import disk_errors
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.contract import PowerMeter
from edgebench.power.description import MeterDescription
from edgebench.power.energy import Energy, energy_between, meter_parts, net_energy
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.statistics.gum import NORMAL_COVERAGE, Part, expanded
from edgebench.training.to_quality.runs import TimedRun

IDLE_S = 2.0
LEAST_IDLE_PERIODS = 12
TAIL_PERIODS = 3


@dataclass(frozen=True)
class RunEnergy:
    """The energy of a run.

    Attributes
    ----------
    energy_j, uncertainty_j, average_w, samples, seconds
        Of the run's own window; see `edgebench.power.energy.Energy`. ``energy_j`` is None where
        there is none, and ``problem`` says why.
    repeat_uncertainty_j
        What runs with one meter may differ by: expanded, without the meter's own limits.
    idle_w, net_energy_j, net_uncertainty_j
        What the machine took before it, and the energy without that.
    """

    energy_j: float | None = None
    uncertainty_j: float | None = None
    average_w: float | None = None
    samples: int = 0
    idle_w: float | None = None
    net_energy_j: float | None = None
    net_uncertainty_j: float | None = None
    problem: str = ""
    seconds: float = 0.0
    repeat_uncertainty_j: float = 0.0


@dataclass(frozen=True)
class EnergyToQuality:
    """The mean energy of the runs that the time to quality is the mean of.

    Attributes
    ----------
    uncertainty_j
        Of the measurement, expanded. What is open of each run averages out; the meter's limits of
        error are the same in all of them, and do not. None if the meter's accuracy is not stated.
    spread
        Standard deviation of the runs, as a part of their mean; None of one.
    """

    energy_j: float
    uncertainty_j: float | None
    spread: float | None


@dataclass(frozen=True)
class Recording:
    """Readings of a meter during a run; ``idle_ns`` is when the machine had nothing to do."""

    trace: PowerTrace
    idle_ns: tuple[int, int]
    lost: str = ""


def record_during(meter: PowerMeter, path: Path, run: Callable[[], None]) -> Recording:
    """Read a meter while the machine idles and then during a run; keep the samples in a .npz.

    What was read is kept, too, where the run fails.
    """
    period_s = meter.description.period_s
    reader = MeterReader(meter)
    began = ended = now_ns()
    try:
        with reader:
            time.sleep(max(IDLE_S, LEAST_IDLE_PERIODS * period_s))
            ended = now_ns()
            run()
            time.sleep(TAIL_PERIODS * period_s)
    finally:
        trace = reader.trace()
        with disk_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            save_trace(trace, path)
    return Recording(trace, (began, ended), "" if reader.lost is None else str(reader.lost))


def energy_of(recording: Recording, run: TimedRun) -> RunEnergy:
    """Return the energy from a run's first touch of data to its end, by the log's own clock."""
    problems = [each for each in (recording.lost, *recording.trace.samples.faults) if each]
    if run.window_ns is None:
        return RunEnergy(problem="; ".join([*problems, f"{run.path.name} has no window"]))
    try:
        active = energy_between(recording.trace, *run.window_ns)
    except TooFewSamples as error:
        return RunEnergy(problem="; ".join([*problems, str(error)]))
    idle: list[Energy] = []
    with suppress(TooFewSamples):
        idle.append(energy_between(recording.trace, *recording.idle_ns))
    net = net_energy(active, idle, recording.trace.meter.accuracy)
    return RunEnergy(
        energy_j=active.energy_j,
        uncertainty_j=active.uncertainty_j,
        average_w=active.average_w,
        samples=active.samples,
        idle_w=None if net is None else net.idle_w,
        net_energy_j=None if net is None else net.energy_j,
        net_uncertainty_j=None if net is None else net.uncertainty_j,
        problem="; ".join(problems),
        seconds=active.duration_s,
        repeat_uncertainty_j=expanded(active.parts).half_width,
    )


def energy_to_quality(
    energies: Sequence[RunEnergy], dropped: Sequence[int], meter: MeterDescription
) -> EnergyToQuality | None:
    """Return the mean energy of the runs that count; None where one of them has none."""
    kept = [each for number, each in enumerate(energies) if number not in dropped]
    known = [each.energy_j for each in kept if each.energy_j is not None]
    if not known or len(known) < len(kept):
        return None
    mean = fmean(known)
    uncertainty_j = None
    if meter.accuracy is not None:
        own = (
            Part("runs", each.repeat_uncertainty_j / NORMAL_COVERAGE / len(kept)) for each in kept
        )
        common = meter_parts(meter, mean, fmean(each.seconds for each in kept))
        uncertainty_j = expanded([*own, *common]).half_width
    spread = stdev(known) / mean if len(known) > 1 and mean > 0 else None
    return EnergyToQuality(mean, uncertainty_j, spread)
