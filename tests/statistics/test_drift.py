"""Trends within a run."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.harness.run.warnings import drift_warning
from edgebench.host.timeline import Timeline
from edgebench.rundir.records.drift import DriftRecord
from edgebench.statistics.drift import drift_of


def noisy(seed: int, trend: float, count: int = 5000) -> np.ndarray:
    """Latencies of a heavy tail, that go up by a share of themselves."""
    rng = np.random.default_rng(seed)
    return (100 + rng.exponential(5, count)) * (1 + trend * np.arange(count) / count)


def test_what_has_no_trend_is_hardly_ever_said_to_have_one() -> None:
    found = [drift_of(noisy(seed, 0.0)) for seed in range(200)]
    assert sum(each is not None and each.p_value < 0.01 for each in found) <= 8
    assert not any(each is not None and each.matters for each in found)


@pytest.mark.parametrize("trend", [0.10, 0.5, -0.2])
def test_a_trend_is_found_every_time_and_its_size_is_right(trend: float) -> None:
    for seed in range(50):
        found = drift_of(noisy(seed, trend))
        assert found is not None
        assert found.matters
        # From the first block's middle to the last's, of the middle.
        assert found.share == pytest.approx(trend * 11 / 12 / (1 + trend / 2), rel=0.15)


def test_a_trend_that_is_small_does_not_matter() -> None:
    found = drift_of(noisy(1, 0.03))
    assert found is not None
    assert found.p_value < 0.01
    assert not found.matters


def test_power_in_bursts_has_its_means_compared() -> None:
    times = np.arange(20_000)
    bursts = np.where(times % 97 < 40, 3.0, 1.0)
    assert not drift_of(bursts, np.mean).matters  # type: ignore[union-attr]
    assert drift_of(bursts * (1 + times / 1e5), np.mean).matters  # type: ignore[union-attr]


def test_too_few_values_say_nothing() -> None:
    assert drift_of(np.ones(119)) is None
    assert drift_of(np.zeros(5000)) is None
    flat = drift_of(np.ones(120))
    assert flat is not None
    assert (flat.share, flat.p_value) == (0.0, 1.0)


def test_a_drift_is_a_warning_that_says_what_the_machine_did() -> None:
    timeline = Timeline([0, 1], [1500.0, 900.0], [45.0, 84.0], [None, None])
    text = drift_warning(DriftRecord("latency", 0.31, 0.001, matters=True), timeline)
    assert text == (
        "latency went up by 31% within the test (p = 0.001): the figures are of no steady state; "
        "temperature 45 to 84 C; frequency 1500 to 900 MHz"
    )
    nothing = Timeline([0], [None], [None], [None])
    assert drift_warning(DriftRecord("power", -0.1, 0.004, matters=True), nothing).endswith(
        "no steady state"
    )
