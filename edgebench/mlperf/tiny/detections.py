"""Score a stream's detections, and tell how busy its device was, as MLPerf Tiny's runner does.

Source: mlcommons/tiny, benchmark/runner, streaming_ww_utils.py and README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from statistics import fmean

from edgebench.errors import LogInvalid

TICK_S = 10e-6
"""The interface board's clock."""
MOST_PERIOD_VARIATION = 0.02
"""Above this, the largest period less the smallest as a share of their mean, a warning is due."""


@dataclass(frozen=True)
class DetectionRule:
    """When a detection is true.

    Attributes
    ----------
    tails_s
        How long after a word's end it is still heard: the sum.
    debounce_s
        False detections so soon after one that counts don't count.
    """

    tails_s: tuple[float, ...] = (1.0,)
    debounce_s: float = 1.0


STATED_RULE = DetectionRule()
"""As the runner's documentation states it: until 1 s after the word's end."""
RUNNER_RULE = DetectionRule(tails_s=(1.0, 1.0))
"""As the runner counts: its function adds the second after a word's end twice."""


@dataclass(frozen=True)
class DetectionScore:
    """The score of a stream's words and detections, in seconds from its beginning.

    Words are known by when they begin.
    """

    true_positives_s: tuple[float, ...]
    false_negatives_s: tuple[float, ...]
    false_positives_s: tuple[float, ...]

    def within(self, most: float) -> bool:
        """Return whether misses and false alarms are at most so many, each."""
        return max(len(self.false_negatives_s), len(self.false_positives_s)) <= most


def score_detections(
    timestamps_ms: Sequence[int],
    windows: Sequence[Sequence[float]],
    rule: DetectionRule = STATED_RULE,
) -> DetectionScore:
    """Score detections against the words of a stream.

    Parameters
    ----------
    timestamps_ms
        In ms of any clock, ascending. The first marks the stream's beginning and is no detection.
    windows
        When each word begins and ends, in s from the stream's beginning.

    Raises
    ------
    LogInvalid
        If no timestamp marks the beginning, or one is before the one above it.
    """
    if not timestamps_ms:
        raise LogInvalid(
            "no detection was recorded: the first marks the stream's beginning. Is the device's "
            "pin for detections wired to the interface board?"
        )
    for before, after in pairwise(timestamps_ms):
        if after < before:
            raise LogInvalid(
                f"a detection at {after} ms comes after one at {before} ms: the interface board's "
                "clock ran backwards, or its answer is damaged. Play the recording again"
            )
    left = [each - timestamps_ms[0] for each in timestamps_ms[1:]]
    heard: list[float] = []
    missed: list[float] = []
    for begin, end in windows:
        last = end
        for tail_s in rule.tails_s:
            last += tail_s
        others = [each for each in left if not begin <= each / 1000 <= last]
        (missed if len(others) == len(left) else heard).append(begin)
        left = others
    false = _debounced(left, int(rule.debounce_s * 1000))
    return DetectionScore(tuple(heard), tuple(missed), tuple(each / 1000 for each in false))


def _debounced(times_ms: Sequence[int], debounce_ms: int) -> list[int]:
    kept: list[int] = []
    for each in times_ms:
        if not kept or not kept[-1] < each <= kept[-1] + debounce_ms:
            kept.append(each)
    return kept


@dataclass(frozen=True)
class DutyCycle:
    """How busy a device was; times in s.

    Attributes
    ----------
    duty_cycle
        The mean time of processing as a share of the mean period.
    period_variation
        The largest period less the smallest, as a share of their mean.
    unpaired
        How many starts have no stop, or the other way round; they don't count. A recording may
        begin and end within a frame.
    """

    duty_cycle: float
    period_s: float
    processing_s: float
    period_variation: float
    starts_s: tuple[float, ...]
    stops_s: tuple[float, ...]
    unpaired: int = 0

    @property
    def is_steady(self) -> bool:
        """Whether the periods vary by no more than 2 %."""
        return self.period_variation <= MOST_PERIOD_VARIATION


def duty_cycle_of(starts_ticks: Sequence[int], stops_ticks: Sequence[int]) -> DutyCycle:
    """Return how busy a device was.

    Parameters
    ----------
    starts_ticks, stops_ticks
        When it began and stopped to process, in units of 10 us.

    Raises
    ------
    LogInvalid
        If there are fewer than two of either: there is no period. Or if they don't alternate.
    """
    recorded = len(starts_ticks) + len(stops_ticks)
    first = min(starts_ticks[:1], default=0)
    # A stop before the first start is of a frame that had begun before.
    stops_ticks = list(dropwhile(lambda stop: stop < first, stops_ticks))
    count = min(len(starts_ticks), len(stops_ticks))
    if count < 2:
        raise LogInvalid(
            f"{len(starts_ticks)} starts and {len(stops_ticks)} stops of processing were recorded: "
            "two at least make a period. Is the device's pin wired to the interface board?"
        )
    starts = [each * TICK_S for each in starts_ticks[:count]]
    stops = [each * TICK_S for each in stops_ticks[:count]]
    periods = [after - before for before, after in pairwise(starts)]
    period_s = fmean(periods)
    if period_s <= 0:
        raise LogInvalid("all processing began at the same time: the board's clock stands still")
    _check_alternating(starts_ticks, stops_ticks[:count])
    processing_s = fmean(stop - start for start, stop in zip(starts, stops, strict=True))
    return DutyCycle(
        duty_cycle=processing_s / period_s,
        period_s=period_s,
        processing_s=processing_s,
        period_variation=(max(periods) - min(periods)) / period_s,
        starts_s=tuple(starts),
        stops_s=tuple(stops),
        unpaired=recorded - 2 * count,
    )


def _check_alternating(starts: Sequence[int], stops: Sequence[int]) -> None:
    for number, stop in enumerate(stops):
        start, *after = starts[number : number + 2]
        if not start <= stop <= min(after, default=stop):
            raise LogInvalid(
                f"processing began at {' and '.join(map(str, (start, *after)))} and stopped at "
                f"{stop} (in 10 us): a change of the device's pin was lost. Is its wire to the "
                "interface board loose?"
            )
