from __future__ import annotations

from itertools import pairwise

from edgebench.harness.inner_times import KEPT, InnerTimes, median_ns


def test_inner_times_are_spread_over_the_whole_test() -> None:
    times = InnerTimes()
    total = 5 * KEPT
    for number in range(total):
        times.add(1, number)
    kept = times.kept("invoke_ns")
    assert KEPT // 2 <= len(kept) <= KEPT
    assert times.count == times.samples == total
    # Evenly, from the first to the last.
    steps = {later - earlier for earlier, later in pairwise(kept)}
    assert len(steps) == 1
    assert kept[0] == 0
    assert kept[-1] > total - 10
    assert abs(median_ns([times], "invoke_ns") - total / 2) < 20


def test_the_median_of_nothing_is_nothing() -> None:
    assert median_ns([InnerTimes()], "invoke_ns") == 0
