"""Histories of Home Assistant: a row for each change, whose state holds until the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.power.energy import energy_between
from edgebench.power.traces.formats.npz import load_trace, save_trace
from tests.power.traces.written import read


def test_a_state_of_home_assistant_holds_until_the_next(tmp_path: Path) -> None:
    text = (
        "entity_id,state,last_changed\na,1,2026-04-24T10:00:00Z\na,9,2026-04-24T10:00:10Z\n"
        "a,2,2026-04-24T10:00:11Z\na,3,2026-04-24T10:00:21Z\n"
    )
    columns = {"time": "last_changed:date", "power": "state:W"}
    energy = read(tmp_path, text, columns=columns).samples.energy_j
    assert energy is not None
    np.testing.assert_allclose(energy, [0, 10, 19, 39])


WATTS = (1, 5, 9, 5, 1, 5)


def changes(*states: float) -> str:
    """A history of Home Assistant's, with a state every 10 s."""
    times = [f"2026-04-24T10:{10 * n // 60:02}:{10 * n % 60:02}Z" for n in range(len(states))]
    rows = [f"a,{state},{when}\n" for state, when in zip(states, times, strict=True)]
    return "".join(["entity_id,state,last_changed\n", *rows])


def test_a_counter_of_home_assistant_is_what_it_says(tmp_path: Path) -> None:
    columns = {"time": "last_changed:date", "energy": "state:J"}
    trace = read(tmp_path, changes(0, 1, 5, 6), columns=columns)
    assert trace.samples.energy_j is not None
    np.testing.assert_allclose(trace.samples.energy_j, [0, 1, 5, 6])
    assert not trace.meter.holds


@pytest.mark.parametrize(
    ("states", "window_s", "joules"),
    [
        (WATTS, (15, 45), 170),
        (WATTS, (10, 40), 190),
        (WATTS, (12.5, 43), 5 * 7.5 + 9 * 10 + 5 * 10 + 1 * 3),
        (WATTS[:-1], (15, 45), 170),
        ((1, -5, 9, -5, 1, 5), (15, 45), 20),
    ],
)
def test_edges_between_held_states_leave_nothing_open(
    tmp_path: Path, states: tuple[float, ...], window_s: tuple[float, float], joules: float
) -> None:
    columns = {"time": "last_changed:date", "power": "state:W"}
    trace = read(tmp_path, changes(*states), columns=columns)
    again = tmp_path / "kept.npz"
    save_trace(trace, again)
    start, end = (round(each * 1e9) for each in window_s)
    for each in (trace, load_trace(again)):
        found = energy_between(each, start, end)
        assert found.energy_j == pytest.approx(joules)
        # How long the last state holds is in no row.
        is_known = end <= each.samples.t_ns[-1]
        assert all(part.standard == 0 for part in found.parts) == is_known


def test_a_state_that_holds_for_long_is_no_lost_sample(tmp_path: Path) -> None:
    text = (
        "entity_id,state,last_changed\na,1,2026-04-24T10:00:00Z\na,9,2026-04-24T10:00:01Z\n"
        "a,2,2026-04-24T10:00:02Z\na,3,2026-04-24T10:00:50Z\n"
    )
    columns = {"time": "last_changed:date", "power": "state:W"}
    found = energy_between(read(tmp_path, text, columns=columns), 0, 50_000_000_000)
    assert found.energy_j == pytest.approx(1 + 9 + 2 * 48)
    assert found.lost_samples == 0
