"""A short share of `make soak`: what a run opens is closed, counted exactly."""

from __future__ import annotations

import random
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.kills.leftovers import Surroundings
from tests.soak.cycle import soak
from tests.soak.gauges import read_gauges
from tests.soak.slope import slope_of

WARM_UP = 2
"""Cycles until what is kept on purpose is there: libraries, their threads, caches."""
CYCLES = 3


def test_runs_in_one_process_leave_nothing_open(tmp_path: Path) -> None:
    with soak(tmp_path) as soaked:
        for _ in range(WARM_UP):
            soaked.cycle()
        found = [soaked.cycle().counts for _ in range(CYCLES)]
    assert found == [found[0]] * CYCLES
    assert found[0]["processes"] == found[0]["temporary_files"] == 0


@pytest.mark.parametrize(("growth", "grows"), [(0.0, False), (-0.5, False), (0.5, True)])
def test_growth_is_distinguished_from_noise(growth: float, grows: bool) -> None:
    chance = random.Random(1)
    values = [1000 + growth * cycle + chance.gauss(0, 5) for cycle in range(150)]
    slope = slope_of(values)
    assert slope.grows is grows
    assert slope.low <= growth <= slope.high


def test_what_grows_only_at_first_does_not_grow() -> None:
    assert not slope_of([min(cycle, 20) for cycle in range(100)]).grows
    assert not slope_of([7] * 30).grows


def test_what_the_soak_keeps_of_each_cycle_is_not_counted(tmp_path: Path) -> None:
    # A kept object per cycle would look like one that runs leave.
    surroundings = Surroundings.below(tmp_path)
    kept = [astuple(read_gauges(surroundings)) for _ in range(3)]
    before = read_gauges(surroundings).objects
    kept += [astuple(read_gauges(surroundings)) for _ in range(20)]
    assert read_gauges(surroundings).objects == before
