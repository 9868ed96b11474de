"""Power over time."""

from __future__ import annotations

import numpy as np

from edgebench.results.formatting import joules, uncertainty
from edgebench.results.report.drawing import COLOURS, Canvas, Plot, drawn, envelope
from edgebench.results.report.view import RunView
from edgebench.rundir.records.energy import EnergyRecord

MOST_MARKS = 200
UNITS = (("W", 1.0), ("mW", 1e-3), ("uW", 1e-6))


def power(view: RunView, name: str) -> Plot | None:
    """Power over time, with the windows that energy is of, and the meter's marks."""
    samples, energy = view.power, view.run.record.energy
    if samples is None or energy is None or samples.t_ns.size < 2:
        return None
    begin, end = int(samples.t_ns[0]), int(samples.t_ns[-1])
    unit, size_w = _unit(float(np.abs(samples.power_w).max()))
    with drawn(name) as canvas:
        (axis,) = canvas.axes
        envelope(axis, (samples.t_ns - begin) / 1e9, samples.power_w / size_w, "second")
        axis.set_ylabel(unit)
        axis.set_ylim(bottom=min(0.0, float(samples.power_w.min()) / size_w))
        axis.set_xlabel("seconds since the meter was started")
        _shade_windows(canvas, energy, begin, end)
        for mark in samples.marks_ns[:MOST_MARKS]:
            axis.axvline((mark - begin) / 1e9, color=COLOURS["third"], linewidth=0.6)
    count = samples.marks_ns.size
    marks = f" {count} marks of the device are lines." if count else ""
    figures = _figures(energy, unit, size_w)
    estimate = "Estimated: the meter does not see all of the load." if energy.is_estimate else ""
    return Plot(
        canvas.svg,
        "Power",
        f"Power over time by {energy.meter_name or 'a meter'}; the windows that energy is "
        f"computed over are shaded.{marks} {figures}",
        " ".join(filter(None, (figures, estimate, energy.problem))),
    )


def _shade_windows(canvas: Canvas, energy: EnergyRecord, begin: int, end: int) -> None:
    (axis,) = canvas.axes
    for window in energy.windows:
        if window.end_ns < begin or window.start_ns > end:
            continue  # of another trial
        first, last = ((each - begin) / 1e9 for each in (window.start_ns, window.end_ns))
        area = axis.axvspan(first, last, color=COLOURS["shade"], alpha=0.5, linewidth=0)
        canvas.tip(area, f"window {window.name}: {first:.2f} to {last:.2f} s")
        axis.annotate(
            window.name, (first, 1.0), xycoords=("data", "axes fraction"), fontsize=8, va="bottom"
        )


def _unit(most_w: float) -> tuple[str, float]:
    """Return the unit of the axis and of its caption, and its size in watts."""
    return next((each for each in UNITS if most_w >= each[1]), UNITS[-1])


def _figures(energy: EnergyRecord, unit: str, size_w: float) -> str:
    if energy.per_inference_j is None:
        return ""

    def power_text(watts: float | None) -> str:
        return "unknown" if watts is None else f"{watts / size_w:,.4g} {unit}"

    limit = "" if energy.is_estimate else f" {uncertainty(energy.uncertainty_share)}"
    return (
        f"{joules(energy.per_inference_j)}{limit} per inference, {power_text(energy.average_w)} on "
        f"average, {power_text(energy.peak_w)} at most, {power_text(energy.idle_w)} idle."
    )
