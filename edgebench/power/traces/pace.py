"""Find the pace of samples by their times, also where those are of receipt.

Samples that a computer receives over USB or a network come in bursts: several at once, then none
for a while. Their distances then say nothing of the meter's pace, nor of losses; how many there are
over a longer span does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHORT, MANY_SHORT = 0.5, 0.1
"""Times are of receipt if this share of distances is shorter than this part of the pace: a reader's
own pauses are not."""
SPAN = 32
"""Samples, over which the pace is counted."""
STEP = 0.6
"""Periods by which all samples of a span must be late, before any is lost."""
LEAN = 1e-3
"""Part by which the pace is taken as shorter than counted. With a pace that is too long, samples
would seem to make up, in time, for those that were lost."""


def period_s(seconds: NDArray[np.float64]) -> float:
    """Return the time between samples.

    Parameters
    ----------
    seconds
        Shape (n,), two or more, in order.
    """
    if come_in_bursts(seconds):
        return _pace_s(seconds)
    return float(np.median(np.diff(seconds)))


def come_in_bursts(seconds: NDArray[np.float64]) -> bool:
    """Whether times are of receipt: many lie much closer together than samples do on average."""
    if len(seconds) <= SPAN:
        return False
    return bool(np.mean(np.diff(seconds) < SHORT * _counted_s(seconds)) > MANY_SHORT)


def missing_from_count(seconds: NDArray[np.float64], start: float, end: float) -> int:
    """Return how many samples are missing in a window, of times of receipt.

    A sample may come late, but never early. So of each `SPAN` samples the earliest shows how far
    the count is behind the time; what is made up for was late, what stays was lost. The pace is
    counted as well, because a clock may differ from the stated rate by more than a loss does.

    Parameters
    ----------
    seconds
        Shape (n,), in order, with the samples on both sides of the window: they show what was lost
        at its edges.
    start, end
        The window, s. Losses that cross an edge are counted whole.
    """
    period = _pace_s(seconds) * (1 - LEAN)
    late = seconds / period - np.arange(len(seconds))
    gaps = np.diff(seconds)
    starts = np.union1d(_starts(len(seconds)), np.flatnonzero(gaps > SPAN * period) + 1)
    # Later spans may make up for what an earlier one seems to lack.
    behind = np.minimum.reduceat(late, starts)
    settled = np.minimum.accumulate(behind[::-1])[::-1]
    steps = np.diff(settled)
    earliest = _earliest(late, starts)
    missing = 0
    for place in np.flatnonzero(steps > STEP):
        first = earliest[place]
        lost_at = first + int(np.argmax(gaps[first : earliest[place + 1]]))
        if seconds[lost_at + 1] > start and seconds[lost_at] < end:
            missing += round(float(steps[place]))
    return missing


def _pace_s(seconds: NDArray[np.float64]) -> float:
    """Return the period between the earliest samples of spans.

    These end a burst, so that the period doesn't depend on how many samples a burst has. Most spans
    lose no samples, so the median is that of spans without a loss.
    """
    starts = _starts(len(seconds))
    if len(starts) < 3:
        return _counted_s(seconds)
    earliest = _earliest(seconds / _counted_s(seconds) - np.arange(len(seconds)), starts)
    return float(np.median(np.diff(seconds[earliest]) / np.diff(earliest)))


def _starts(count: int) -> NDArray[np.intp]:
    """Return where spans begin; the last one may be longer."""
    return np.arange(max(count // SPAN, 1), dtype=np.intp) * SPAN


def _earliest(late: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of the least late sample of each span."""
    least = np.repeat(np.minimum.reduceat(late, starts), np.diff(starts, append=len(late)))
    found = np.flatnonzero(late == least)
    return found[np.searchsorted(found, starts)]


def _counted_s(seconds: NDArray[np.float64]) -> float:
    """Return about the period, by the count over spans: a few losses don't change the median."""
    span = min(SPAN, len(seconds) - 1)
    return float(np.median(seconds[span:] - seconds[:-span])) / span
