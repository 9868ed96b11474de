"""Bound what a window's edges leave open: they lie between samples, and power may step there.

A machine that idles, works and idles again steps just where its window begins and ends. So the
power on both sides of an edge counts, not only that inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edgebench.power.integration.course import Course

STEP_SHARE = 0.1
"""Limit of a step's correction, as a share of it: that the power stepped once and at once is
likely, not certain."""
LINE_SHARE = 0.46
"""Limit of a straight line's error, as a share of the step. It is wrong by half of it where the
step is just behind a sample; at two edges by (a^2 + b^2) / 2 steps, where a and b are anything from
0 to 1: with this share 95 of 100 intervals hold."""
SMEARED = 0.1
"""More of that, as a share of the time that a sample is the mean of: the step is over that time."""
NEAR = 8
MEDIAN_TO_DEVIATION = 1.48
"""Of normally distributed values."""
BENDS = 2.0
"""How much larger than its bends a step can be: one that a sample's mean divides in halves."""


@dataclass(frozen=True)
class Edge:
    """An edge: what is to be added to the energy until it, and how far that may be wrong.

    ``limit_j`` is a limit, ``chance_j`` a standard uncertainty.
    """

    correction_j: float
    limit_j: float
    chance_j: float = 0.0


def edge_of(
    course: Course, moment_ns: int, aperture_s: float = 0.0, *, holds: bool = False
) -> Edge:
    """Return what an edge at a moment leaves open; momentary samples are means of a time.

    Nothing between powers that each hold until the next.
    """
    place = int(course.place_of(moment_ns))
    if not course.t_ns[0] <= moment_ns <= course.t_ns[-1]:
        return _beyond(course, moment_ns)
    if holds:
        return Edge(0.0, 0.0)
    if course.power_w is not None:
        return _between_momentary(course, course.power_w, place, aperture_s)
    return _between_counts(course, place, moment_ns)


def _beyond(course: Course, moment_ns: int) -> Edge:
    """Return an edge that no sample lies behind: the power there is that of the last, or none."""
    near = 0 if moment_ns < course.t_ns[0] else -1
    missing = course.between(min(moment_ns, course.t_ns[near]), max(moment_ns, course.t_ns[near]))
    return Edge(0.0, abs(missing))


def _between_momentary(
    course: Course, power_w: NDArray[np.float64], place: int, aperture_s: float
) -> Edge:
    """Return an edge between two momentary samples: where in between the power steps is not known.

    A straight line between them is wrong by half of the step, at most. A sample that is a mean has
    some of the step in it: so two samples on each side count. What rises evenly is no step.
    """
    near = power_w[max(place - 1, 0) : place + 3]
    gap_s = float(course.t_ns[place + 1] - course.t_ns[place]) / 1e9
    bends = np.abs(np.diff(near, 2))
    step = min(float(np.ptp(near)), BENDS * float(bends.max(initial=0.0)))
    return Edge(0.0, step * (LINE_SHARE * gap_s + SMEARED * aperture_s))


def _between_counts(course: Course, place: int, moment_ns: int) -> Edge:
    """Return an edge between two counts, by the mean power of the intervals before and behind.

    A step from the one to the other is where the interval's own mean says. A mean that does not lie
    between them leaves open where the energy was used.
    """
    first, last = max(place - 2, 0), min(place + 3, len(course.t_ns) - 1)
    times, joules = course.t_ns[first : last + 1] / 1e9, course.joules[first : last + 1]
    spans = np.maximum(np.diff(times), 1e-9)
    means = np.diff(joules) / spans
    own = place - first
    span_s, mean = float(spans[own]), float(means[own])
    before, behind = float(means[max(own - 1, 0)]), float(means[min(own + 1, len(means) - 1)])
    share = min(max((moment_ns - int(course.t_ns[place])) / 1e9 / span_s, 0.0), 1.0)
    step = behind - before
    open_j = span_s * share * (1 - share)
    # Within an interval power differs as much as between them: energy between two counts that are
    # known is a bridge between them.
    chance_j = _usual_change_w(course, place) * span_s * sqrt(share * (1 - share))
    if step and 0 <= (at := (behind - mean) / step) <= 1:
        moved = step * span_s * min(at * (1 - share), (1 - at) * share)
        # How steady the power is before and behind shows how well a step's ends are known.
        unsteady = abs(before - float(means[0])) + abs(behind - float(means[-1]))
        return Edge(-moved, STEP_SHARE * abs(moved) + unsteady * open_j, chance_j)
    return Edge(0.0, float(np.ptp(means)) * open_j, chance_j)


def _usual_change_w(course: Course, place: int) -> float:
    """Return by how much mean powers differ from one interval to the next, around a place."""
    near = slice(max(place - NEAR, 0), place + NEAR + 2)
    means = np.diff(course.joules[near]) / np.maximum(np.diff(course.t_ns[near] / 1e9), 1e-9)
    return MEDIAN_TO_DEVIATION * float(np.median(np.abs(np.diff(means)))) if len(means) > 1 else 0.0
