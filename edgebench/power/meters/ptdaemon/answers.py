"""PTDaemon's answers, read; and its samples, tied to the host's clock."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from edgebench.errors import LogInvalid, MeterLost, MeterNotFound
from edgebench.mlperf.power.spl import SplLine, spl_line
from edgebench.power.samples import Exchange, PowerSamples

OLDEST_VERSION = (1, 11, 1)
LATE_NS = 20_000_000
"""PTDaemon may count a sample so much after its stamp."""
Poll = tuple[int, int, int]
"""How many samples there were, and when the host asked and was answered."""


def check_identity(address: str, identity: str) -> None:
    """Refuse a version that is too old.

    Raises
    ------
    MeterNotFound
        If it is, or if there is none in the answer to ``Identify``.
    """
    version = re.search(r"version=([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})", identity)
    if version is None:
        raise MeterNotFound(f"ptdaemon: {address} reports no version: {identity[:120]!r}")
    if tuple(int(each) for each in version.groups()) < OLDEST_VERSION:
        oldest = ".".join(str(each) for each in OLDEST_VERSION)
        raise MeterNotFound(f"ptdaemon: {identity[:120]}: version {oldest} or later is required")


def ranges_of(answer: str) -> tuple[float | None, float | None]:
    """Return volts and amperes of ``Ranges,AUTO,A,AUTO,V``; None for automatic ones."""
    words = answer.split(",")
    try:
        amps = None if words[1] == "1" else float(words[2])
        volts = None if words[3] == "1" else float(words[4])
    except (ValueError, IndexError):
        return None, None
    return volts, amps


def mean_of(answer: str) -> tuple[int, float]:
    """Return the count and the mean of ``Watts,MEAN,MIN,MAX,COUNT,...``.

    Raises
    ------
    MeterLost
        If it is another answer.
    """
    words = answer.split(",")
    try:
        count, mean = int(words[4][:9]), float(words[1])
        if not math.isfinite(mean):
            raise ValueError("watts that are no number")
        return count, mean
    except (ValueError, IndexError) as error:
        raise MeterLost(f"ptdaemon answers Watts with {answer[:80]!r}") from error


def uncertainty_of(answer: str) -> float | None:
    """Return the mean limit of error that ``Uncertainty,MEAN,MIN,MAX,...`` states, as a share.

    None if PTDaemon can't state it, which it says by -1.
    """
    words = answer.split(",")
    try:
        mean = float(words[1])
    except (ValueError, IndexError):
        return None
    return mean if 0 < mean < 1 else None


def beyond_ranges(answer: str) -> int:
    """Return how many samples ``Watts,...`` says were beyond the ranges."""
    words = answer.split(",")
    return int(words[5][:9]) if len(words) > 5 and words[5].isdecimal() else 0


def sample_of(address: str, line: str) -> SplLine:
    """Read a sample.

    Raises
    ------
    MeterLost
        If the line is none.
    """
    try:
        return spl_line(line, "ptdaemon")
    except LogInvalid as error:
        raise MeterLost(f"ptdaemon: {address} sent no sample: {line[:80]!r}") from error


def logged_samples(lines: Sequence[SplLine], asked_ns: int, polls: Sequence[Poll]) -> PowerSamples:
    """Return the samples of a log, on PTDaemon's clock from the first one on.

    Parameters
    ----------
    asked_ns
        When the host asked it to go.
    """
    epoch = lines[0].when
    microseconds = [(line.when - epoch) // timedelta(microseconds=1) for line in lines]
    times = np.array(microseconds, np.int64) * 1000
    return PowerSamples(
        times,
        np.array([line.watts for line in lines]),
        volts_v=np.array([line.volts for line in lines]),
        amps_a=np.array([line.amps for line in lines]),
        power_factor=np.array([line.power_factor for line in lines]),
        exchanges=tuple(_exchanges(times.tolist(), asked_ns, polls)),
    )


def _exchanges(times: list[int], asked_ns: int, polls: Sequence[Poll]) -> list[Exchange]:
    """Return when samples were, by how many each poll counted: PTDaemon stamps, then counts."""
    found = [Exchange(times[0], asked_ns, None)]
    for count, asked, answered in polls:
        if 0 < count <= len(times):
            found.append(Exchange(times[count - 1], None, answered))
        if count < len(times):
            found.append(Exchange(times[count], asked - LATE_NS, None))
    return found


def polled_samples(polled: Sequence[tuple[int, float]], period_s: float) -> PowerSamples:
    """Return what polls alone say, each with when it was answered and the mean watts since."""
    if not polled:
        return PowerSamples.none()
    times = np.array([when for when, _ in polled], np.int64)
    own = times - times[0]
    period = round(period_s * 1e9)
    ties = tuple(Exchange(int(own[n]), int(times[n]) - period, int(times[n])) for n in (0, -1))
    return PowerSamples(own, np.array([power for _, power in polled]), exchanges=ties)
