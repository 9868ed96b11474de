"""What a window's edges leave open: they lie between samples, and the power may step there.

A machine that idles, works and idles again steps just where its window begins and ends. So the
power on both sides of an edge counts, not only that inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.power.integration.course import Course

STEP_SHARE = 0.5
"""Limit of a step's correction, as a share of it: that the power stepped once and within the
interval is likely, not certain."""


@dataclass(frozen=True)
class Edge:
    """An edge: what is to be added to the energy until it, and how far that may be wrong."""

    correction_j: float
    limit_j: float


def edge_of(course: Course, moment_ns: int) -> Edge:
    """Return what an edge at a moment leaves open."""
    place = int(course.place_of(moment_ns))
    if not course.t_ns[0] <= moment_ns <= course.t_ns[-1]:
        return _beyond(course, moment_ns)
    if course.power_w is not None:
        return _between_momentary(course, course.power_w, place)
    return _between_counts(course, place, moment_ns)


def _beyond(course: Course, moment_ns: int) -> Edge:
    """Return an edge that no sample lies behind: the power there is that of the last, or none."""
    near = 0 if moment_ns < course.t_ns[0] else -1
    missing = course.between(min(moment_ns, course.t_ns[near]), max(moment_ns, course.t_ns[near]))
    return Edge(0.0, abs(missing))


def _between_momentary(course: Course, power_w: NDArray[np.float64], place: int) -> Edge:
    """Return an edge between two momentary samples: where in between the power steps is not known.

    A straight line between them is wrong by half of the step, at most. A sample that is a mean has
    some of the step in it: so two samples on each side count.
    """
    near = power_w[max(place - 1, 0) : place + 3]
    gap_s = float(course.t_ns[place + 1] - course.t_ns[place]) / 1e9
    return Edge(0.0, float(np.ptp(near)) * gap_s / 2)


def _between_counts(course: Course, place: int, moment_ns: int) -> Edge:
    """Return an edge between two counts, by the mean power of the intervals before and behind.

    A step from the one to the other is where the interval's own mean says. A mean that does not lie
    between them leaves open where the energy was used.
    """
    first, last = max(place - 1, 0), min(place + 2, len(course.t_ns) - 1)
    times, joules = course.t_ns[first : last + 1] / 1e9, course.joules[first : last + 1]
    spans = np.maximum(np.diff(times), 1e-9)
    means = np.diff(joules) / spans
    own = place - first
    span_s, mean = float(spans[own]), float(means[own])
    before, behind = float(means[max(own - 1, 0)]), float(means[min(own + 1, len(means) - 1)])
    share = (moment_ns - int(course.t_ns[place])) / 1e9 / span_s
    step = behind - before
    if step and 0 <= (at := (behind - mean) / step) <= 1:
        moved = step * span_s * min(at * (1 - share), (1 - at) * share)
        return Edge(-moved, STEP_SHARE * abs(moved))
    return Edge(0.0, float(np.ptp(means)) * span_s * share * (1 - share))
