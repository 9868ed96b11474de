"""A window's energy as run.json has it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields

from edgebench.errors import TooFewSamples
from edgebench.power.description import MeterDescription
from edgebench.power.energy import Energy, energy_between, net_energy
from edgebench.power.traces.trace import PowerTrace
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow, MeterRecord
from edgebench.statistics.gum import expanded
from edgebench.text.typed_json import structure, unstructure


def meter_record(description: MeterDescription) -> MeterRecord:
    """Return a meter's description as run.json has it."""
    values = unstructure(description)
    return structure(MeterRecord, {each.name: values[each.name] for each in fields(MeterRecord)})


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
    net = net_energy(energy, idle_energies(trace, idle), trace.meter.accuracy)
    each = energy.energy_j / count
    return EnergyRecord(
        meter=meter_record(trace.meter),
        window_s=energy.duration_s,
        energy_j=energy.energy_j,
        uncertainty_j=energy.uncertainty_j,
        coverage_factor=energy.coverage_factor,
        repeat_uncertainty_j=expanded(energy.parts).half_width,
        parts_j=energy.parts_j,
        average_w=energy.average_w,
        peak_w=energy.peak_w,
        idle_w=None if net is None else net.idle_w,
        net_energy_j=None if net is None else net.energy_j,
        net_uncertainty_j=None if net is None else net.uncertainty_j,
        inferences=count,
        per_inference_j=each,
        net_per_inference_j=None if net is None else net.energy_j / count,
        inferences_per_j=1 / each if each > 0 else None,
        energy_delay_js=each * latency_s,
        samples=energy.samples,
        lost_samples=energy.lost_samples,
        advice=energy.advice,
        clock=None if trace.alignment is None else asdict(trace.alignment),
    )


def idle_energies(trace: PowerTrace, windows: Sequence[EnergyWindow]) -> list[Energy]:
    """Return the energies of the idle windows that have samples enough."""
    found = []
    for window in windows:
        with suppress(TooFewSamples):
            found.append(energy_between(trace, window.start_ns, window.end_ns))
    return found
