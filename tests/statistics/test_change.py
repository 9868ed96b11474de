"""Faster, slower or can't tell: on made-up machines whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.statistics.change import Repeat, change_between, stretches_of, undisturbed_change


def machine(
    rng: np.random.Generator, runs: int, true: float, between: float, within: float
) -> list[Repeat]:
    """Return runs of a program on a machine that wanders between runs and within them."""
    found = []
    for _ in range(runs):
        level = true * np.exp(rng.normal(0, between))
        # A clock that wanders does so for longer than a stretch.
        wander = np.cumsum(rng.normal(0, within / 4, 20))
        parts = np.exp(wander - np.median(wander) + rng.normal(0, within / 4, 20))
        found.append(Repeat(level * float(np.median(parts)), parts / np.median(parts)))
    return found


@pytest.mark.parametrize(
    ("runs", "between", "within"),
    [(1, 0.005, 0.01), (1, 0.01, 0.1), (3, 0.02, 0.02), (5, 0.05, 0.05), (10, 0.05, 0.02)],
)
def test_where_there_is_only_noise_hardly_ever_a_verdict(
    runs: int, between: float, within: float
) -> None:
    rng = np.random.default_rng(4)
    verdicts = [
        change_between(
            machine(rng, runs, 1e5, between, within), machine(rng, runs, 1e5, between, within)
        ).verdict
        for _ in range(100)
    ]
    assert sum(verdict != "can't tell" for verdict in verdicts) <= 5


@pytest.mark.parametrize(
    ("runs", "between", "within", "least"),
    [(1, 0.005, 0.01, 98), (3, 0.01, 0.02, 90), (5, 0.02, 0.05, 95), (10, 0.03, 0.05, 95)],
)
def test_a_tenth_is_found(runs: int, between: float, within: float, least: int) -> None:
    rng = np.random.default_rng(5)
    changes = [
        change_between(
            machine(rng, runs, 1e5, between, within), machine(rng, runs, 1.1e5, between, within)
        )
        for _ in range(100)
    ]
    assert sum(change.verdict == "slower" for change in changes) >= least
    assert not any(change.verdict == "faster" for change in changes)
    inside = sum(change.low <= 1.1 <= change.high for change in changes)
    assert inside >= 90


def disturbed(rng: np.random.Generator, runs: int, true: float) -> list[Repeat]:
    """Return runs next to a neighbour that comes and goes, and makes them up to twice as slow.

    As it was seen on a virtual machine: two of three runs have a quiet moment.
    """
    found = []
    for _ in range(runs):
        slow = rng.uniform(1.4, 2.0)
        quiet = rng.uniform(0.2, 1.0) if rng.random() < 0.67 else 0.0
        state = np.where(np.arange(20) < 20 * quiet, 1.0, slow)
        parts = np.roll(state, rng.integers(20)) * (1 + np.abs(rng.normal(0, 0.01, 20)))
        parts *= 1 + rng.uniform(-0.01, 0.01)  # where it lies in memory
        whole = float(np.median(parts))
        found.append(Repeat(true * whole, parts / whole))
    return found


def test_a_tenth_is_found_next_to_a_neighbour_who_halves_the_speed() -> None:
    rng = np.random.default_rng(8)
    quiet = loud = 0
    for _ in range(100):
        same = undisturbed_change(disturbed(rng, 7, 1e5), disturbed(rng, 7, 1e5))
        slower = undisturbed_change(disturbed(rng, 7, 1e5), disturbed(rng, 7, 1.1e5))
        assert same is not None
        assert slower is not None
        quiet += same.verdict == "can't tell"
        loud += slower.verdict == "slower"
    assert quiet >= 99
    assert loud >= 85
    assert undisturbed_change(disturbed(rng, 2, 1e5), disturbed(rng, 9, 1e5)) is None


def test_the_best_must_be_seen_more_than_once() -> None:
    """One lucky stretch of a slow machine is no proof."""
    slow, lucky = Repeat(200.0, np.ones(20)), Repeat(200.0, np.r_[np.full(3, 0.5), np.ones(17)])
    change = undisturbed_change([slow] * 5, [lucky, slow, slow, slow, slow])
    assert change is not None
    assert change.verdict == "can't tell"
    assert "fewer than 3 runs of one had a quiet moment" in change.why


def test_a_change_has_its_direction_and_its_size() -> None:
    rng = np.random.default_rng(6)
    before, after = machine(rng, 5, 2e5, 0.005, 0.01), machine(rng, 5, 1e5, 0.005, 0.01)
    change = change_between(before, after)
    assert change.verdict == "faster"
    assert change.ratio == pytest.approx(0.5, rel=0.05)
    assert change.low < change.ratio < change.high
    assert change_between(after, before).verdict == "slower"


def test_one_run_each_says_little() -> None:
    steady = np.ones(20)
    change = change_between([Repeat(100.0, steady)], [Repeat(102.0, steady)])
    assert change.verdict == "can't tell"
    assert "two runs of the same thing may differ by 3%" in change.why
    assert "repeat each at least 3 times" in change.why
    blind = change_between([Repeat(100.0, np.ones(0))], [Repeat(200.0, np.ones(0))])
    assert blind.verdict == "can't tell"
    assert "too few queries" in blind.why


def test_a_machine_that_was_not_the_same_is_no_ground_for_a_verdict() -> None:
    one, other = [Repeat(100.0, np.ones(20))], [Repeat(130.0, np.ones(20))]
    assert change_between(one, other, wander=0.1).verdict == "slower"
    change = change_between(one, other, wander=0.2)
    assert change.verdict == "can't tell"
    assert "the machine's own speed differed by 20%" in change.why


def test_what_can_not_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        change_between([Repeat(0.0, np.ones(0))], [Repeat(1.0, np.ones(0))])
    with pytest.raises(ValueError, match="each side"):
        change_between([], [Repeat(1.0, np.ones(0))])


def test_stretches_are_in_the_order_of_time() -> None:
    values = np.concatenate([np.full(100, 10.0), np.full(100, 20.0)])
    parts = stretches_of(values, np.ones(200))
    assert parts.size == 20
    assert parts[-1] / parts[0] == pytest.approx(2)
    # By what the whole is, not by the middle stretch: half fast, half slow, a bit more fast.
    assert stretches_of(np.r_[values, np.full(20, 10.0)], np.ones(220))[0] == pytest.approx(1)
    # Pieces of an Offline query differ in size: what counts is time by samples.
    sizes = np.tile([1.0, 3.0], 100)
    assert stretches_of(sizes * 7, sizes) == pytest.approx(np.ones(20))
    assert stretches_of(np.ones(10), np.ones(10)).size == 0
