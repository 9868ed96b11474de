"""A window's energy as run.json has it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from edgebench.errors import TooFewSamples
from edgebench.power.energy import Energy, energy_between
from edgebench.power.traces.trace import PowerTrace
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow


def energy_record(
    trace: PowerTrace,
    energy: Energy,
    idle: Sequence[EnergyWindow],
    inferences: int,
    latency_s: float,
) -> EnergyRecord:
    """Return the energy of a window, and what an inference takes of it, with idle and without.

    Parameters
    ----------
    latency_s
        Of an inference: energy times delay is of it.
    """
    count = max(inferences, 1)
    idle_w = idle_power_w(trace, idle)
    net = None if idle_w is None else energy.energy_j - idle_w * energy.duration_s
    each = energy.energy_j / count
    return EnergyRecord(
        meter=asdict(trace.meter),
        window_s=energy.duration_s,
        energy_j=energy.energy_j,
        uncertainty_j=energy.uncertainty_j,
        parts_j=energy.parts_j,
        average_w=energy.average_w,
        peak_w=energy.peak_w,
        idle_w=idle_w,
        net_energy_j=net,
        inferences=count,
        per_inference_j=each,
        net_per_inference_j=None if net is None else net / count,
        inferences_per_j=1 / each if each > 0 else None,
        energy_delay_js=each * latency_s,
        samples=energy.samples,
        lost_samples=energy.lost_samples,
        clock=None if trace.alignment is None else asdict(trace.alignment),
    )


def idle_power_w(trace: PowerTrace, windows: Sequence[EnergyWindow]) -> float | None:
    """Return the mean power of the idle windows that have samples enough."""
    joules = seconds = 0.0
    for window in windows:
        with suppress(TooFewSamples):
            found = energy_between(trace, window.start_ns, window.end_ns)
            joules, seconds = joules + found.energy_j, seconds + found.duration_s
    return joules / seconds if seconds else None
