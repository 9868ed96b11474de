"""Energy of a stretch of time, with its uncertainty.

The uncertainty is put together as the Guide to the Expression of Uncertainty in Measurement says
(`edgebench.statistics.gum`): what the samples leave open, and the meter's own limits of error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TooFewSamples
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.integration.course import Course
from edgebench.power.integration.coverage import lost_s, samples_inside
from edgebench.power.integration.edges import edge_of
from edgebench.power.integration.sampling import sampling_deviation_j, unevenness
from edgebench.power.traces.trace import PowerTrace
from edgebench.statistics.gum import Part, by_source, expanded, limited
from edgebench.text.brief import Brief

NOISE = 10.0
"""How many times a step's offset, or a usual step, a count may fall by."""
COARSE_SHARE = 0.01
"""Edges that leave less of the energy open are no reason to measure for longer."""


@dataclass(frozen=True, repr=False)
class Energy(Brief):
    """Energy of a window.

    Attributes
    ----------
    energy_j, uncertainty_j
        The uncertainty is expanded: the true value lies within it in 95 of 100 cases. None if the
        meter's accuracy is not stated.
    coverage_factor
        By how much the expanded uncertainty is more than the standard one.
    parts, meter_parts
        The sources of uncertainty that are known: those of this measurement alone, and the meter's
        own limits, which every measurement with it has in common.
    faults
        What is wrong with the recording, in words: an overcurrent, a range that was left.
    advice
        How to measure with less uncertainty, where the samples are too far apart for the window.
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
    parts: tuple[Part, ...] = ()
    meter_parts: tuple[Part, ...] = ()
    coverage_factor: float | None = None
    faults: tuple[str, ...] = ()
    advice: str = ""

    @property
    def parts_j(self) -> dict[str, float]:
        """The standard uncertainties, by source; of several of one source, of their sum."""
        return by_source((*self.parts, *self.meter_parts))


@dataclass(frozen=True)
class NetEnergy:
    """Energy of a window without what the idle machine takes; see `Energy`."""

    energy_j: float
    uncertainty_j: float | None
    idle_w: float


def energy_between(
    trace: PowerTrace, start_ns: int, end_ns: int, clock_ns: float = 0.0, by_marks: bool = False
) -> Energy:
    """Return the energy between two moments of the host's clock.

    Momentary samples are joined by straight lines (the trapezoid rule, for any distances); a meter
    that counts energy, or averages, gives it exactly but for the edges.

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
    samples, meter = trace.samples, trace.meter
    inside = samples_inside(trace, start_ns, end_ns)
    power = samples.power_w[inside]
    duration_s = (end_ns - start_ns) / 1e9
    if samples.energy_j is not None and not meter.holds:
        _check_count(trace, samples.energy_j, start_ns, end_ns)
    course, is_exact = _course(trace)
    edges = [
        edge_of(course, each, meter.aperture_s, holds=meter.holds) for each in (start_ns, end_ns)
    ]
    energy = course.between(start_ns, end_ns) + edges[1].correction_j - edges[0].correction_j
    parts = [
        # The first and the last sample are the edges' affair.
        Part("sampling", 0.0 if is_exact else _sampling_j(trace, inside, duration_s)),
        *(limited("edges", each.limit_j) for each in edges),
        *(Part("edges", each.chance_j) for each in edges),
        *_clock(trace, course, (start_ns, end_ns), clock_ns, by_marks),
        limited("lost samples", lost_s(trace, start_ns, end_ns) * float(np.ptp(power)) / 2),
    ]
    if samples.moment_ns is not None:
        late_ns = float(samples.moment_ns[inside].mean())
        parts.append(limited("moments", _shifted(course, start_ns, end_ns, late_ns)))
    own = tuple(meter_parts(meter, energy, duration_s))
    found = None if meter.accuracy is None else expanded((*parts, *own))
    period_s = meter.period_s
    lost = lost_s(trace, start_ns, end_ns)
    return Energy(
        energy_j=energy,
        uncertainty_j=None if found is None else found.half_width,
        duration_s=duration_s,
        average_w=energy / duration_s,
        peak_w=float(power.max()),
        samples=len(power),
        lost_samples=ceil(lost / period_s - 1e-6) if period_s > 0 else 0,
        parts=tuple(parts),
        meter_parts=own,
        coverage_factor=None if found is None else found.factor,
        faults=samples.faults,
        advice=_advice(parts, own, energy, duration_s, period_s),
    )


def net_energy(
    active: Energy, idle: Sequence[Energy], accuracy: Accuracy | None
) -> NetEnergy | None:
    """Return an energy without what the machine takes idle, by windows of the same meter.

    The meter's gain error is the same one in both, and is that of their difference; its offset
    cancels. Of several rails any one may have taken all of the difference. None without an idle
    window.
    """
    seconds = sum(each.duration_s for each in idle)
    if not seconds:
        return None
    idle_w = sum(each.energy_j for each in idle) / seconds
    net = active.energy_j - idle_w * active.duration_s
    parts = [*active.parts]
    for window in idle:
        parts += [part.scaled(active.duration_s / seconds) for part in window.parts]
    if active.uncertainty_j is None or accuracy is None:
        return NetEnergy(net, None, idle_w)
    gains: dict[str, float] = {}
    for each in accuracy.limits:
        of = each.kind or each.name
        gains[of] = gains.get(of, 0.0) + each.of_reading
    parts += [limited(name, gain * net) for name, gain in gains.items()]
    return NetEnergy(net, expanded(parts).half_width, idle_w)


def meter_parts(meter: MeterDescription, energy_j: float, duration_s: float) -> Iterator[Part]:
    """Yield what a meter's own limits of error leave open of an energy; nothing if not stated."""
    for each in meter.accuracy.limits if meter.accuracy is not None else ():
        if each.of_reading:
            yield limited(f"meter, {each.name}", energy_j * each.of_reading)
        if each.offset_w:
            yield limited(f"meter, {each.name}", duration_s * each.offset_w)


def _course(trace: PowerTrace) -> tuple[Course, bool]:
    """Return the course of a trace, and whether nothing is open between its samples."""
    if trace.meter.holds:
        return Course.held(trace.samples), True
    # Counts run short where samples are missing at an unknown place.
    is_stretched = trace.alignment is not None and trace.alignment.missing_ns != 0
    counted = None if is_stretched else Course.counted(trace.samples, trace.meter.averages)
    return (Course.momentary(trace.samples), False) if counted is None else (counted, True)


def _sampling_j(trace: PowerTrace, inside: NDArray[np.bool_], duration_s: float) -> float:
    """Return the standard uncertainty that momentary samples leave open between them."""
    samples, meter = trace.samples, trace.meter
    seen = meter.aperture_s / meter.period_s if meter.period_s > 0 else 0.0
    uneven = unevenness(samples.t_ns[inside], meter.aperture_s)
    return sampling_deviation_j(samples.power_w[inside][1:-1], duration_s, seen, uneven)


def _check_count(
    trace: PowerTrace, counted_j: NDArray[np.float64], start_ns: int, end_ns: int
) -> None:
    """Refuse a window in which a count that grows otherwise falls.

    Noise around 0 W lets it fall by a little, and leads the wrong way round let it fall always.
    """
    times = trace.samples.t_ns
    grown, spans_s = np.diff(counted_j), np.diff(times) / 1e9
    usual = float(np.median(grown)) if len(grown) else 0.0
    offset_w = trace.meter.accuracy.total_offset_w if trace.meter.accuracy is not None else 0.0
    noise_j = NOISE * np.maximum(offset_w * spans_s, usual)
    fell = (grown < -noise_j) & (times[1:] > start_ns) & (times[:-1] < end_ns)
    if usual >= 0 and np.any(fell):
        place = int(np.argmax(fell))
        raise TooFewSamples(
            f"{trace.meter.name}: its count of energy falls from {counted_j[place]:.6g} to "
            f"{counted_j[place + 1]:.6g} J, {(times[place + 1] - start_ns) / 1e9:.3g} s after the "
            "window's start: it was reset, and how much energy was used is not known"
        )


def _clock(
    trace: PowerTrace, course: Course, window: tuple[int, int], clock_ns: float, by_marks: bool
) -> Iterator[Part]:
    """Yield what is open because of when a window begins and ends on the meter's clock."""
    start, end = window
    whole = course.between(start, end)
    aligned = trace.alignment
    if aligned is not None:
        yield limited("clock", whole * aligned.drift_bound_ppm * 1e-6)
    if aligned is not None and not by_marks:
        yield limited("clock", _shifted(course, start, end, aligned.offset_bound_ns))
    for edge in window:
        before, at, behind = course.until([edge - clock_ns, edge, edge + clock_ns])
        yield limited("clock", max(abs(behind - at), abs(at - before)))


def _shifted(course: Course, start_ns: int, end_ns: int, shift_ns: float) -> float:
    """Return by how much a window's energy changes at most that lies earlier, or later."""
    whole = course.between(start_ns, end_ns)
    return max(
        abs(course.between(start_ns + shift, end_ns + shift) - whole)
        for shift in (-shift_ns, shift_ns)
    )


def _advice(
    parts: Sequence[Part], own: Sequence[Part], energy_j: float, duration_s: float, period_s: float
) -> str:
    """Return how long to measure, where the edges leave more open than all else."""
    edges = expanded([each for each in parts if each.name == "edges"]).half_width
    rest = expanded([*(each for each in parts if each.name != "edges"), *own]).half_width
    wanted = max(rest, COARSE_SHARE * abs(energy_j))
    if edges <= wanted or not energy_j:
        return ""
    return (
        f"one sample per {period_s:.3g} s is coarse for a window of {duration_s:.3g} s: its edges "
        f"alone leave +- {edges / abs(energy_j):.1%} open; measure for "
        f"{ceil(duration_s * edges / wanted):,} s or longer"
    )
