"""Energy of a stretch of time, with its uncertainty.

The uncertainty is put together as the Guide to the Expression of Uncertainty in Measurement says
(JCGM 100:2008): each source as a standard uncertainty, independent ones added in squares
(section 5.1.2), the result expanded by k = 2 (6.2.1). Limits of error are rectangular (4.3.7).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TooFewSamples
from edgebench.power.contract import PowerSamples
from edgebench.power.traces.trace import PowerTrace

LEAST_SAMPLES = 10
LEAST_COUNTS = 3
"""Of a meter that counts energy: what happens between two counts is in them."""
COVERAGE = 2.0
STUDENT = 1.4
"""Student's factor for 95.45 % is about 2 (1 + 1.4 / degrees of freedom), from 9 of them on."""
GAP = 1.6
"""A distance between samples above so many periods is a lost sample."""


@dataclass(frozen=True)
class Energy:
    """Energy of a window.

    Attributes
    ----------
    energy_j, uncertainty_j
        The uncertainty is expanded: the true value lies within it in 95 of 100 cases.
    parts_j
        The standard uncertainties that it comes from, by source.
    average_w, peak_w
        The peak is that of a sample: between samples there may be higher ones.
    samples, lost_samples
        In the window; lost ones by the gaps that they left.
    """

    energy_j: float
    uncertainty_j: float
    duration_s: float
    average_w: float
    peak_w: float
    samples: int
    lost_samples: int
    parts_j: dict[str, float] = field(default_factory=dict)


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
        With how many there are, how many are needed, and how long that takes.
    """
    samples = trace.samples
    inside = _inside(trace, start_ns, end_ns)
    duration_s = (end_ns - start_ns) / 1e9
    times = np.concatenate(([start_ns], samples.t_ns[inside], [end_ns]))
    lost = _lost_s(trace, start_ns, end_ns)
    if samples.energy_j is not None and not _times_are_stretched(trace):
        counted = np.interp(times, samples.t_ns, samples.energy_j)
        energy = float(counted[-1] - counted[0])
        sampling = 0.0
        edges = _counted_edges(samples, start_ns, end_ns)
    else:
        power = np.interp(times, samples.t_ns, samples.power_w)
        energy = float(
            np.trapezoid(power, times / 1e9)
            if hasattr(np, "trapezoid")
            else np.trapz(power, times / 1e9)
        )
        count = int(inside.sum())
        # What the power does between samples is known by how much it differs among them (4.2.3).
        spread = float(np.std(samples.power_w[inside], ddof=1))
        # Of few samples the spread itself is not well known: Student's factor over 2 (annex G).
        sampling = duration_s * spread / sqrt(count) * (1 + STUDENT / (count - 1))
        # Up to half a period at each edge is nearer to no sample of the window.
        edges = spread * trace.meter.period_s / 2 * sqrt(2.0)
    average = energy / duration_s
    swing = float(np.ptp(samples.power_w[inside]))
    parts = {
        "sampling": sampling,
        "edges": edges,
        "clock": _clock_part(trace, average, energy, clock_ns, by_marks),
        "lost samples": lost * swing / 2 / sqrt(3.0),
    }
    if samples.moment_ns is not None:
        # Late answers shift what is between them, by no more than the power changes in all.
        parts["moments"] = float(samples.moment_ns[inside].mean()) / 1e9 * swing / sqrt(3.0)
    accuracy = trace.meter.accuracy
    if accuracy is not None:
        parts["meter, of the reading"] = abs(energy) * accuracy.of_reading / sqrt(3.0)
        parts["meter, offset"] = accuracy.offset_w * duration_s / sqrt(3.0)
    return Energy(
        energy_j=energy,
        uncertainty_j=COVERAGE * sqrt(sum(each**2 for each in parts.values())),
        duration_s=duration_s,
        average_w=average,
        peak_w=float(samples.power_w[inside].max()),
        samples=int(inside.sum()),
        lost_samples=ceil(lost / trace.meter.period_s - 1e-6) if trace.meter.period_s > 0 else 0,
        parts_j=parts,
    )


def _clock_part(
    trace: PowerTrace, average_w: float, energy_j: float, clock_ns: float, by_marks: bool
) -> float:
    """Return the standard uncertainty from when a window begins and ends on the meter's clock."""
    aligned = trace.alignment
    rate = 0.0
    if aligned is not None and by_marks:
        rate = abs(energy_j) * aligned.drift_bound_ppm * 1e-6 / sqrt(3.0)
    elif aligned is not None:
        clock_ns += aligned.offset_bound_ns
    return sqrt((abs(average_w) * clock_ns / 1e9 * sqrt(2.0) / sqrt(3.0)) ** 2 + rate**2)


def _times_are_stretched(trace: PowerTrace) -> bool:
    """Return whether samples are missing nobody knows where: counts run short there."""
    return trace.alignment is not None and trace.alignment.missing_ns != 0


_PART_NS = 250_000_000
"""A meter is read so often at least: what is lost is known to be before then."""


def _lost_s(trace: PowerTrace, start_ns: int, end_ns: int) -> float:
    """Return how much time has no sample: by gaps, by the meter's word, and by the clocks."""
    period_s = trace.meter.period_s
    told = sum(lost for when, lost in trace.losses if start_ns < when <= end_ns + _PART_NS)
    lost_s = (lost_between(trace, start_ns, end_ns) + told) * period_s
    if trace.alignment is not None:
        lost_s += max(trace.alignment.missing_ns, 0.0) / 1e9
    return lost_s


def lost_between(trace: PowerTrace, start_ns: int, end_ns: int) -> int:
    """Return how many samples are missing, by the gaps between those that are there."""
    period_ns = trace.meter.period_s * 1e9
    times = trace.samples.t_ns
    gaps = np.diff(times)[(times[1:] > start_ns) & (times[:-1] < end_ns)]
    wide = gaps[gaps > GAP * period_ns]
    return int(np.round(wide / period_ns - 1).sum()) if period_ns > 0 else 0


def _inside(trace: PowerTrace, start_ns: int, end_ns: int) -> NDArray[np.bool_]:
    samples = trace.samples
    inside = (samples.t_ns >= start_ns) & (samples.t_ns <= end_ns)
    if trace.meter.clock == "meter":
        raise TooFewSamples(
            f"{trace.meter.name}: its clock can't be put on the host's: it was lost before it had "
            "said anything"
        )
    needed = LEAST_COUNTS if samples.energy_j is not None else LEAST_SAMPLES
    found = int(inside.sum())
    period_s = trace.meter.period_s
    if found < needed:
        raise TooFewSamples(
            f"{trace.meter.name}: {found} samples in {(end_ns - start_ns) / 1e9:.3g} s, {needed} "
            f"are needed: at a sample each {period_s:.3g} s measure for "
            f"{ceil(needed * period_s * 10 + 1) / 10:.3g} s or longer"
        )
    first, last = int(samples.t_ns[0]), int(samples.t_ns[-1])
    slack = 2 * period_s * 1e9
    if start_ns < first - slack or end_ns > last + slack:
        raise TooFewSamples(
            f"{trace.meter.name}: its samples are of {(last - first) / 1e9:.3g} s that don't cover "
            "the window: the meter came late, or was lost before the end"
        )
    return inside


def _counted_edges(samples: PowerSamples, start_ns: int, end_ns: int) -> float:
    """Return the standard uncertainty of the interpolated counts at both edges.

    Where in the interval its energy was used is not known: half of it either way.
    """
    counted = samples.energy_j
    if counted is None:
        return 0.0
    parts = []
    for edge in (start_ns, end_ns):
        place = int(np.clip(np.searchsorted(samples.t_ns, edge), 1, len(counted) - 1))
        parts.append(abs(float(counted[place] - counted[place - 1])) / 2 / sqrt(3.0))
    return sqrt(sum(each**2 for each in parts))
