"""Meters and energy, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.power.energy import Energy
from edgebench.power.find import MeterFinding
from edgebench.power.traces.trace import PowerTrace
from edgebench.results.formatting import joules, watts


def print_meters(found: Sequence[MeterFinding]) -> None:
    """Print one line per meter, and what to do about those that don't work."""
    console = new_console()
    working = [each for each in found if each.works]
    if working:
        table = new_table(
            "--power", "now", "what it is", texts=("--power", "what it is"), whole=True
        )
        for each in working:
            table.add_row(escape(each.name), watts(each.watts), escape(each.what))
        console.print(table)
    else:
        console.print("no power meter can be read here")
    for each in found:
        if not each.works:
            console.print(
                f"{each.name}: {each.advice}", markup=False, soft_wrap=True, highlight=False
            )


def print_trace(trace: PowerTrace, path: Path) -> None:
    """Say what a recording has."""
    samples = trace.samples
    if not len(samples):
        _say(f"{trace.meter.name}: no sample")
        return
    seconds = float(samples.t_ns[-1] - samples.t_ns[0]) / 1e9
    power = samples.power_w
    _say(
        f"{path}: {len(samples)} samples of {trace.meter.name} in {seconds:.3g} s; mean "
        f"{watts(float(power.mean()))}, from {watts(float(power.min()))} to "
        f"{watts(float(power.max()))}"
    )


def print_faults(faults: Sequence[str]) -> None:
    """Say what is wrong with a recording, as `edgebench run` does."""
    if faults:
        _say(f"energy: {'; '.join(faults)}", stderr=True)


def print_energy(energy: Energy, inferences: int | None) -> None:
    """Say what energy a window took, how sure that is, and why."""
    _say(
        f"{joules(energy.energy_j)}{_limits(energy)} in "
        f"{energy.duration_s:.6g} s: {watts(energy.average_w)} on average, peak "
        f"{watts(energy.peak_w)}, {energy.samples} samples"
    )
    parts = ", ".join(f"{name} {joules(part)}" for name, part in energy.parts_j.items() if part)
    _say(f"standard uncertainties: {parts or 'none is known'}")
    if energy.lost_samples:
        _say(f"{energy.lost_samples} samples are missing: the gaps are bridged straight")
    if energy.advice:
        _say(energy.advice, stderr=True)
    if inferences:
        each = energy.energy_j / inferences
        _say(
            f"{joules(each)}{_limits(energy, inferences)} per inference, "
            f"{inferences / energy.energy_j:,.4g} inferences per joule"
        )


def _limits(energy: Energy, inferences: int = 1) -> str:
    """Return the uncertainty of an energy, or of what an inference takes, as text."""
    if energy.uncertainty_j is None:
        return " (accuracy not stated: --meter-accuracy)"
    limit = f" +- {joules(energy.uncertainty_j / inferences)}"
    share = f"{energy.uncertainty_j / abs(energy.energy_j):.2%}, " if energy.energy_j else ""
    factor = f"k = {energy.coverage_factor or 0:.3g}"
    return f"{limit} ({share}{factor})" if inferences == 1 else limit


def _say(line: str, *, stderr: bool = False) -> None:
    """Print a line; in a terminal it wraps between words."""
    new_console(stderr=stderr).print(line, soft_wrap=True, markup=False, highlight=False)
