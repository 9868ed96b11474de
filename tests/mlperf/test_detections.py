"""A stream's score and duty cycle: by hand, and by the official runner's own functions."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from edgebench.errors import LogInvalid
from edgebench.mlperf.tiny.detections import (
    RUNNER_RULE,
    STATED_RULE,
    DetectionScore,
    duty_cycle_of,
    score_detections,
)

WINDOWS = [(1.0, 1.6), (4.0, 4.8)]


def at(*seconds: float) -> list[int]:
    """Timestamps of a board whose stream began at 5.03 s of its clock."""
    return [5030, *(5030 + round(each * 1000) for each in seconds)]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((1.0, 4.5), DetectionScore((1.0, 4.0), (), ())),
        ((0.999, 4.5), DetectionScore((4.0,), (1.0,), (0.999,))),
        ((2.6, 5.8), DetectionScore((1.0, 4.0), (), ())),
        ((2.601,), DetectionScore((), (1.0, 4.0), (2.601,))),
        ((1.2, 1.3, 1.9, 2.2), DetectionScore((1.0,), (4.0,), ())),
        ((7.0, 7.5, 8.0, 8.001), DetectionScore((), (1.0, 4.0), (7.0, 8.001))),
        ((), DetectionScore((), (1.0, 4.0), ())),
    ],
)
def test_a_word_is_heard_until_a_second_after_its_end(
    seconds: tuple[float, ...], expected: DetectionScore
) -> None:
    assert score_detections(at(*seconds), WINDOWS) == expected


def test_the_runner_hears_a_word_for_two_seconds() -> None:
    late = at(3.5)
    assert score_detections(late, WINDOWS, STATED_RULE).false_positives_s == (3.5,)
    assert score_detections(late, WINDOWS, RUNNER_RULE).true_positives_s == (1.0,)


def test_the_target_bounds_misses_and_false_alarms_each() -> None:
    score = DetectionScore((), tuple(map(float, range(8))), (1.0,))
    assert score.within(8)
    assert not score.within(7)
    assert not DetectionScore((), (), tuple(map(float, range(9)))).within(8)


def test_without_a_first_detection_there_is_no_beginning() -> None:
    with pytest.raises(LogInvalid, match="marks the stream's beginning"):
        score_detections([], WINDOWS)


def test_the_duty_cycle_is_of_the_means() -> None:
    duty = duty_cycle_of([0, 3200, 6400, 9610], [800, 4000, 7200, 10410])
    assert duty.processing_s == pytest.approx(0.008)
    assert duty.period_s == pytest.approx(0.0320333, rel=1e-5)
    assert duty.duty_cycle == pytest.approx(0.008 / 0.0320333, rel=1e-5)
    assert duty.is_steady
    assert not duty_cycle_of([0, 3200, 6500], [1, 3201, 6501]).is_steady


@pytest.mark.parametrize(
    ("starts", "stops"), [([], []), ([5], [6]), ([5, 6], [6]), ([7, 7], [8] * 2)]
)
def test_one_pulse_has_no_period(starts: list[int], stops: list[int]) -> None:
    with pytest.raises(LogInvalid, match=r"make a period|stands still"):
        duty_cycle_of(starts, stops)


def test_a_stop_that_was_lost_is_counted() -> None:
    duty = duty_cycle_of([0, 3200, 6400], [10, 3210])
    assert (duty.unpaired, len(duty.starts_s)) == (1, 2)


def test_a_recording_may_begin_within_a_frame() -> None:
    duty = duty_cycle_of([10, 3210, 6410], [5, 1010, 4210])
    assert duty.unpaired == 2
    assert duty.starts_s == pytest.approx((0.0001, 0.0321))
    assert duty.stops_s == pytest.approx((0.0101, 0.0421))
    assert duty.duty_cycle == pytest.approx(1000 / 3200)


@pytest.mark.parametrize(
    ("starts", "stops"),
    [
        ([0, 3200, 6400, 9600], [10, 6410, 9610]),
        ([0, 6400, 9600], [10, 3210, 6410, 9610]),
        ([0, 3200, 100, 6400], [10, 3210, 110, 6410]),
        ([0, 3200, 6400], [10, 3190, 6410]),
    ],
)
def test_pulses_that_do_not_alternate_are_refused(starts: list[int], stops: list[int]) -> None:
    with pytest.raises(LogInvalid, match="a change of the device's pin was lost"):
        duty_cycle_of(starts, stops)


def test_detections_out_of_order_are_refused() -> None:
    with pytest.raises(LogInvalid, match="at 500 ms comes after one at 1000 ms"):
        score_detections([1000, 500, 900], WINDOWS)


@pytest.fixture
def official() -> Iterator[ModuleType]:
    runner = Path(os.environ.get("TINY_DIR", "/nowhere")) / "benchmark/runner"
    if not (runner / "streaming_ww_utils.py").is_file():
        pytest.skip("TINY_DIR names no checkout of github.com/mlcommons/tiny")
    sys.path.insert(0, str(runner))
    try:
        import streaming_ww_utils  # type: ignore[import-not-found]

        yield streaming_ww_utils
    finally:
        sys.path.remove(str(runner))


@pytest.mark.parametrize("seed", range(400))
def test_the_official_runner_scores_the_same(official: ModuleType, seed: int) -> None:
    rng = random.Random(seed)
    windows, begin = [], 0.0
    for _ in range(rng.randrange(12)):
        begin += rng.uniform(0.0, 6.0) if seed % 2 else rng.randrange(60) / 10
        windows.append((begin, begin + rng.choice([0.3, 0.5, rng.uniform(0.2, 1.0)])))
        # Words that overlap, too: the earlier takes what both could have heard.
        begin = windows[-1][1] if rng.random() < 0.9 else begin
    edges = [edge + late for window in windows for edge in window for late in (0.0, 1.0, 2.0)]
    times = [rng.uniform(0, begin + 5) for _ in range(rng.randrange(40))]
    times += rng.sample(edges, len(edges) // 2)
    start = rng.randrange(100_000)
    stamps = [start, *sorted(start + round(each * 1000) for each in times)]
    score = score_detections(stamps, windows, RUNNER_RULE)
    heard, missed, false = official.calc_detection_stats(stamps, windows)
    assert score == DetectionScore(tuple(heard), tuple(missed), tuple(false.tolist()))


@pytest.mark.parametrize("seed", range(100))
def test_the_official_runner_has_the_same_duty_cycle(official: ModuleType, seed: int) -> None:
    rng = random.Random(seed)
    starts, now = [], rng.randrange(10_000)
    for _ in range(rng.randrange(3, 200)):
        now += 3200 + rng.randrange(-40, 40)
        starts.append(now)
    stops = [each + rng.randrange(1, 3000) for each in starts][: -rng.randrange(1, 3) or None]
    if len(stops) < 2:
        stops = [each + 5 for each in starts]
    lines = ["Duty cycle start times (s)", *_lines(starts), "Duty cycle stop times (s)"]
    theirs = official.process_dutycycle([*lines, *_lines(stops), "m-ready"])
    ours = duty_cycle_of(starts, stops)
    assert ours.duty_cycle == pytest.approx(theirs["duty_cycle"], rel=1e-12)
    assert ours.period_s == pytest.approx(theirs["period"], rel=1e-12)
    assert ours.processing_s == pytest.approx(theirs["processing_time"], rel=1e-12)
    assert list(ours.starts_s) == theirs["start_times_s"]
    assert list(ours.stops_s) == theirs["stop_times_s"]


def _lines(ticks: list[int]) -> list[str]:
    return ["".join(f"{each}, " for each in ticks[at : at + 8]) for at in range(0, len(ticks), 8)]
