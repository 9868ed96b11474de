"""The energy of timed runs, from what a meter said between a log's two moments."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace
from edgebench.training.to_quality.energy import (
    Recording,
    RunEnergy,
    energy_of,
    energy_to_quality,
)
from edgebench.training.to_quality.runs import TimedRun

SECOND = 1_000_000_000
METER = MeterDescription("made", "", ("all",), 0.01, counts_energy=False, accuracy=None)


def _recording(watts: float, idle_w: float, lost: str = "") -> Recording:
    """A meter at 100 samples a second: 2 s idle, then a run."""
    t_ns = np.arange(0, 12 * SECOND + 1, SECOND // 100)
    power = np.where(t_ns < 2 * SECOND, idle_w, watts)
    return Recording(PowerTrace(METER, PowerSamples(t_ns, power)), (0, 19 * SECOND // 10), lost)


def _run(start_s: float, end_s: float) -> TimedRun:
    window = (int(start_s * SECOND), int(end_s * SECOND))
    return TimedRun(Path("result_0.txt"), 1, 0.8, end_s - start_s, (0.9,), True, False, window)


def test_a_runs_energy_is_of_its_own_window_and_without_the_idle_machine() -> None:
    found = energy_of(_recording(5.0, 2.0), _run(3, 11))
    assert found.energy_j == pytest.approx(40)
    assert found.average_w == pytest.approx(5)
    assert found.idle_w == pytest.approx(2)
    assert found.net_energy_j == pytest.approx(24)
    assert found.uncertainty_j is None
    assert found.problem == ""


def test_a_run_without_a_window_or_samples_has_no_energy_and_says_why() -> None:
    run = dataclasses.replace(_run(3, 11), window_ns=None)
    assert energy_of(_recording(5.0, 2.0), run) == RunEnergy(problem="result_0.txt has no window")
    beyond = energy_of(_recording(5.0, 2.0, "unplugged"), _run(30, 40))
    assert beyond.energy_j is None
    assert beyond.problem.startswith("unplugged; ")


def test_the_energy_to_quality_is_of_the_runs_that_the_time_is_of() -> None:
    energies = [RunEnergy(energy_j=each) for each in (1.0, 9.0, 3.0, 5.0)]
    found = energy_to_quality(energies, (0, 1), METER)
    assert found is not None
    assert (found.energy_j, found.uncertainty_j) == (4, None)
    assert found.spread == pytest.approx(2**0.5 / 4)
    assert energy_to_quality([*energies, RunEnergy(problem="lost")], (0, 1), METER) is None
    assert energy_to_quality([], (), METER) is None


@pytest.mark.parametrize("count", [1, 4])
def test_a_meters_limits_do_not_average_out_and_what_is_open_of_each_run_does(count: int) -> None:
    def uncertainty_j(accuracy: Accuracy, repeat_j: float) -> float | None:
        runs = [RunEnergy(energy_j=50.0, seconds=10.0, repeat_uncertainty_j=repeat_j)] * count
        found = energy_to_quality(runs, (), dataclasses.replace(METER, accuracy=accuracy))
        return None if found is None else found.uncertainty_j

    # 95 of 100 values of a rectangle lie within 0.95 of its limit: 1 % of 50 J, 0.1 W for 10 s.
    assert uncertainty_j(Accuracy(0.01, 0.0, ""), 0.0) == pytest.approx(0.95 * 0.5)
    assert uncertainty_j(Accuracy(0.0, 0.1, ""), 0.0) == pytest.approx(0.95)
    assert uncertainty_j(Accuracy(0.0, 0.0, ""), 3.0) == pytest.approx(3 / count**0.5)
