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


def period_s(seconds: NDArray[np.float64]) -> float:
    """Return the time between samples.

    Parameters
    ----------
    seconds
        Shape (n,), two or more, in order.
    """
    if come_in_bursts(seconds):
        return _counted_s(seconds)
    return float(np.median(np.diff(seconds)))


def come_in_bursts(seconds: NDArray[np.float64]) -> bool:
    """Whether times are of receipt: many lie much closer together than samples do on average."""
    if len(seconds) <= SPAN:
        return False
    return bool(np.mean(np.diff(seconds) < SHORT * _counted_s(seconds)) > MANY_SHORT)


def missing_from_count(seconds: NDArray[np.float64], period: float) -> int:
    """Return how many samples are missing, of times of receipt.

    A sample may come late, but never early. So of each `SPAN` samples the earliest shows how far
    the count is behind the time; what is made up for was late, what stays was lost.
    """
    late = seconds / period - np.arange(len(seconds))
    count = max(len(seconds) // SPAN, 1)
    behind = np.array([part.min() for part in np.array_split(late, count)])
    # Later spans may make up for what an earlier one seems to lack.
    settled = np.minimum.accumulate(behind[::-1])[::-1]
    steps = np.diff(settled)
    return int(np.round(steps[steps > STEP]).sum())


def _counted_s(seconds: NDArray[np.float64]) -> float:
    """Return the period by the count over spans: a median, so that a few losses are none of it."""
    span = min(SPAN, len(seconds) - 1)
    return float(np.median(seconds[span:] - seconds[:-span])) / span
