"""Intervals hold 95 of 100 true energies, for every meter and load; see benchmarks/meters.py."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.virtual.meters.waveform import Load, Waveform
from tests.power.integration.simulated import coverage, meters

SEEDS = 200
S = 1_000_000_000


@pytest.mark.parametrize("name", [each for each in meters() if each not in ("otii", "scpi-pty")])
def test_intervals_hold_and_are_not_wide(name: str) -> None:
    # Of 200 sessions, 180 or fewer hold in one of 400 cases where 95 of 100 do.
    for load in Load:
        found = coverage(name, load, SEEDS)
        assert 0.9 < found.held <= 0.99, load
        assert found.width < 1.5, load
        assert found.share < 0.3, load


@pytest.mark.parametrize("load", list(Load))
def test_each_load_s_energy_is_that_of_its_power(load: Load) -> None:
    waveform = Waveform.of(3, 2.0, load, step_s=1.5)
    start = 987_654_321_012_345
    whole = waveform.energy_j(start, start + 7 * S)
    steps = np.linspace(0, 7e9, 7001).astype(np.int64)
    parts = np.diff(waveform.until_j(steps, start))
    assert parts.sum() == pytest.approx(whole, rel=1e-9)
    power = parts / (np.diff(steps) / S)
    assert power.min() >= 0.1
    assert power.max() <= 2.0
    assert (np.ptp(power) < 1e-6) == (load is Load.CONSTANT)


def test_a_step_is_where_everybody_knows_it() -> None:
    waveform = Waveform.of(3, 2.0, Load.STEP, step_s=1.5)
    base = 6 * S  # a multiple of twice 1.5 s
    works, rests = (
        waveform.energy_j(base + a * S // 2, base + b * S // 2) / 1.5 for a, b in ((0, 3), (3, 6))
    )
    assert works == pytest.approx(waveform.rest_w + waveform.burst_w)
    assert rests == pytest.approx(waveform.rest_w)
