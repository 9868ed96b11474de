"""Which samples a window has, and which are missing in it."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TooFewSamples
from edgebench.power.traces.pace import come_in_bursts, missing_from_count
from edgebench.power.traces.trace import PowerTrace

LEAST_SAMPLES = 10
LEAST_COUNTS = 3
"""Of a meter that counts energy: what happens between two counts is in them."""
GAP = 1.6
"""A distance between samples above so many periods is a lost sample."""
BEYOND = 4096
"""Samples on each side of a window, by which a loss at its edge differs from a delay."""
_PART_NS = 250_000_000
"""A meter is read so often at least: what is lost is known to be before then."""


def samples_inside(trace: PowerTrace, start_ns: int, end_ns: int) -> NDArray[np.bool_]:
    """Return which samples lie in a window.

    Raises
    ------
    TooFewSamples
        With how many there are, how many are needed, and how long that takes.
    """
    samples, name, period_s = trace.samples, trace.meter.name, trace.meter.period_s
    inside = (samples.t_ns >= start_ns) & (samples.t_ns <= end_ns)
    if trace.meter.clock == "meter":
        raise TooFewSamples(
            f"{name}: its clock can't be converted to the host's: it was lost before it sent any "
            "sample"
        )
    needed = LEAST_COUNTS if samples.energy_j is not None else LEAST_SAMPLES
    found = int(inside.sum())
    if found < needed:
        raise TooFewSamples(
            f"{name}: {found} samples in {(end_ns - start_ns) / 1e9:.3g} s, {needed} are needed: "
            f"with one sample per {period_s:.3g} s measure for "
            f"{ceil(needed * period_s * 10 + 1) / 10:.3g} s or longer"
        )
    first, last = int(samples.t_ns[0]), int(samples.t_ns[-1])
    slack = 2 * period_s * 1e9
    if start_ns < first - slack or end_ns > last + slack:
        raise TooFewSamples(
            f"{name}: its {(last - first) / 1e9:.3g} s of samples don't cover the window: the "
            "meter came late, or was lost before the end"
        )
    return inside


def lost_between(trace: PowerTrace, start_ns: int, end_ns: int) -> int:
    """Return how many samples are missing, by the gaps between those that are there.

    Times of receipt come in bursts, and are counted instead.
    """
    if trace.meter.holds:
        return 0
    period_ns = trace.meter.period_s * 1e9
    times = trace.samples.t_ns
    near = slice(
        max(int(np.searchsorted(times, start_ns)) - BEYOND, 0),
        int(np.searchsorted(times, end_ns, "right")) + BEYOND,
    )
    seconds = (times[near] - start_ns) / 1e9
    if come_in_bursts(seconds):
        return missing_from_count(seconds, 0.0, (end_ns - start_ns) / 1e9)
    gaps = np.diff(times)[(times[1:] > start_ns) & (times[:-1] < end_ns)]
    wide = gaps[gaps > GAP * period_ns]
    return int(np.round(wide / period_ns - 1).sum()) if period_ns > 0 else 0


def lost_s(trace: PowerTrace, start_ns: int, end_ns: int) -> float:
    """Return how much time has no sample: by gaps, by the meter's report, and by the clocks."""
    period_s = trace.meter.period_s
    reported = sum(
        each.samples for each in trace.losses if start_ns < each.until_ns <= end_ns + _PART_NS
    )
    seconds = (lost_between(trace, start_ns, end_ns) + reported) * period_s
    if trace.alignment is not None:
        seconds += max(trace.alignment.missing_ns, 0.0) / 1e9
    return seconds
