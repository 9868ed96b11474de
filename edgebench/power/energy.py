"""Energy of a stretch of time, with its uncertainty.

The uncertainty is put together as the Guide to the Expression of Uncertainty in Measurement says
(JCGM 100:2008, `edgebench.statistics.gum`): each source as a standard uncertainty, limits of error
as rectangular, the result expanded by k = 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TooFewSamples
from edgebench.power.coverage import lost_s, samples_inside
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace
from edgebench.statistics.gum import combined, expanded, of_limit, of_mean

NOISE = 10.0
"""How many times a step's offset, or a usual step, a count may fall by."""


@dataclass(frozen=True)
class Energy:
    """Energy of a window.

    Attributes
    ----------
    energy_j, uncertainty_j
        The uncertainty is expanded: the true value lies within it in 95 of 100 cases. None if the
        meter's accuracy is not stated.
    parts_j
        The standard uncertainties that are known, by source.
    faults
        What is wrong with the recording, in words: an overcurrent, a range that was left.
    average_w, peak_w
        The peak is that of a sample: between samples there may be higher ones.
    samples, lost_samples
        In the window; lost ones by the gaps that they left.
    """

    energy_j: float
    uncertainty_j: float | None
    duration_s: float
    average_w: float
    peak_w: float
    samples: int
    lost_samples: int
    parts_j: dict[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def energy_between(
    trace: PowerTrace, start_ns: int, end_ns: int, clock_ns: float = 0.0, by_marks: bool = False
) -> Energy:
    """Return the energy between two moments of the host's clock.

    Samples are joined by straight lines (the trapezoid rule, for any distances); a meter that
    counts energy gives it exactly but for the edges, which are interpolated.

    Parameters
    ----------
    clock_ns
        By how much a window's edge may be wrong by itself: rounding, a line's delay.
    by_marks
        Whether the meter itself saw the window's edges: then of the clocks' alignment only their
        rates matter.

    Raises
    ------
    TooFewSamples
        With how many there are, how many are needed, and how long that takes; or if the meter's
        count of energy was reset in the window.
    """
    samples = trace.samples
    inside = samples_inside(trace, start_ns, end_ns)
    power = samples.power_w[inside]
    duration_s = (end_ns - start_ns) / 1e9
    lost = lost_s(trace, start_ns, end_ns)
    if samples.energy_j is not None:
        _check_count(trace, samples.energy_j, start_ns, end_ns)
    if samples.energy_j is not None and not _times_are_stretched(trace):
        energy, parts = _counted(samples, samples.energy_j, start_ns, end_ns)
    else:
        energy, parts = _integrated(trace, inside, start_ns, end_ns)
    average = energy / duration_s
    swing = float(np.ptp(power))
    parts["clock"] = _clock_part(trace, average, energy, clock_ns, by_marks)
    parts["lost samples"] = of_limit(lost * swing / 2)
    if samples.moment_ns is not None:
        # Late answers shift what is between them, by no more than the power changes in all.
        parts["moments"] = of_limit(float(samples.moment_ns[inside].mean()) / 1e9 * swing)
    accuracy = trace.meter.accuracy
    if accuracy is not None:
        parts["meter, of the reading"] = of_limit(energy * accuracy.of_reading)
        parts["meter, offset"] = of_limit(accuracy.offset_w * duration_s)
    period_s = trace.meter.period_s
    return Energy(
        energy_j=energy,
        uncertainty_j=None if accuracy is None else expanded(parts.values()),
        duration_s=duration_s,
        average_w=average,
        peak_w=float(power.max()),
        samples=len(power),
        lost_samples=ceil(lost / period_s - 1e-6) if period_s > 0 else 0,
        parts_j=parts,
        faults=samples.faults,
    )


def _check_count(
    trace: PowerTrace, counted_j: NDArray[np.float64], start_ns: int, end_ns: int
) -> None:
    """Refuse a window in which a count that grows otherwise falls.

    Noise around 0 W lets it fall by a little, and leads the wrong way round let it fall always.
    """
    times = trace.samples.t_ns
    grown, spans_s = np.diff(counted_j), np.diff(times) / 1e9
    usual = float(np.median(grown)) if len(grown) else 0.0
    offset_w = trace.meter.accuracy.offset_w if trace.meter.accuracy is not None else 0.0
    noise_j = NOISE * np.maximum(offset_w * spans_s, usual)
    fell = (grown < -noise_j) & (times[1:] > start_ns) & (times[:-1] < end_ns)
    if usual >= 0 and np.any(fell):
        place = int(np.argmax(fell))
        raise TooFewSamples(
            f"{trace.meter.name}: its count of energy falls from {counted_j[place]:.6g} to "
            f"{counted_j[place + 1]:.6g} J, {(times[place + 1] - start_ns) / 1e9:.3g} s after the "
            "window's start: it was reset, and how much energy was used is not known"
        )


def _counted(
    samples: PowerSamples, counted_j: NDArray[np.float64], start_ns: int, end_ns: int
) -> tuple[float, dict[str, float]]:
    """Return the energy by a meter's own count, and the uncertainty of its edges."""
    ends = np.interp([start_ns, end_ns], samples.t_ns, counted_j)
    # Where in its interval an edge's energy was used is not known: half of it either way.
    edges = []
    for edge in (start_ns, end_ns):
        place = int(np.clip(np.searchsorted(samples.t_ns, edge), 1, len(counted_j) - 1))
        edges.append(of_limit(float(counted_j[place] - counted_j[place - 1]) / 2))
    return float(ends[1] - ends[0]), {"sampling": 0.0, "edges": combined(edges)}


def _integrated(
    trace: PowerTrace, inside: NDArray[np.bool_], start_ns: int, end_ns: int
) -> tuple[float, dict[str, float]]:
    """Return the energy by the trapezoid rule, and what is not known between samples."""
    samples = trace.samples
    times = np.concatenate(([start_ns], samples.t_ns[inside], [end_ns]))
    power = np.interp(times, samples.t_ns, samples.power_w)
    energy = float(((power[1:] + power[:-1]) / 2 * np.diff(times / 1e9)).sum())
    # What the power does between samples is known by how much it differs among them.
    spread = float(np.std(samples.power_w[inside], ddof=1))
    duration_s = (end_ns - start_ns) / 1e9
    return energy, {
        "sampling": duration_s * of_mean(spread, int(inside.sum())),
        # Up to half a period at each edge is nearer to no sample of the window.
        "edges": spread * trace.meter.period_s / 2 * sqrt(2.0),
    }


def _clock_part(
    trace: PowerTrace, average_w: float, energy_j: float, clock_ns: float, by_marks: bool
) -> float:
    """Return the standard uncertainty from when a window begins and ends on the meter's clock."""
    aligned = trace.alignment
    rate = 0.0
    if aligned is not None and by_marks:
        rate = of_limit(energy_j * aligned.drift_bound_ppm * 1e-6)
    elif aligned is not None:
        clock_ns += aligned.offset_bound_ns
    edge = of_limit(average_w * clock_ns / 1e9)
    return combined((edge, edge, rate))


def _times_are_stretched(trace: PowerTrace) -> bool:
    """Return whether samples are missing nobody knows where: counts run short there."""
    return trace.alignment is not None and trace.alignment.missing_ns != 0
