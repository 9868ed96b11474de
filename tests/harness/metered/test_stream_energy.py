"""The energy of a streaming test, by meters that fail during it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.harness.devices.listening_rig import Heard
from edgebench.harness.devices.tiny.stream_energy import metered_stream
from edgebench.harness.metered.trial import unlike_rules
from edgebench.mlperf.tiny.detections import duty_cycle_of
from edgebench.mlperf.tiny.stream_files import StreamRun
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.power.traces.formats.npz import load_trace
from edgebench.rundir.records.device import TinyTrial
from tests.power.made_meters import PERIOD_NS, BriefMeter

READ_S = 60.0
"""However loaded the machine is, the reader's thread has run by then."""


@pytest.fixture
def run() -> StreamRun:
    test = StreamTest("a.wav", 16_000, 10.0, ((1.0, 1.5),))
    return StreamRun(test, (40,), duty_cycle_of([0, 3200], [900, 4100]), ())


def test_a_meter_that_is_lost_costs_the_energy_alone(run: StreamRun, tmp_path: Path) -> None:
    meter = BriefMeter(0, is_lost=True)

    def played() -> Heard:
        assert meter.is_read.wait(READ_S)
        return Heard(run, *4 * [meter.first_ns])

    heard, energy = metered_stream(meter, 0.0, tmp_path, played)
    record, tiny = energy.record(100, 0.01), energy.tiny_record("real-time")
    assert heard.run is run
    assert energy.logged(3.3) is None
    assert record.energy_j is None
    assert "brief: it ended" in record.problem
    assert (tiny.valid, tiny.reason, tiny.trials) == (False, record.problem, ())
    assert load_trace(tmp_path / "trace.npz").meter.name == record.meter_name


@pytest.mark.parametrize("late", [-0.6, 0.6, 1.6])
def test_a_meter_that_ends_too_early_costs_the_energy_alone(
    run: StreamRun, tmp_path: Path, late: float
) -> None:
    """Its energy has two samples of grace, the official runner's sum not one."""
    meter = BriefMeter(50, is_lost=False)

    def played() -> Heard:
        assert meter.is_read.wait(READ_S)
        ended = meter.last_ns + round(late * PERIOD_NS)
        return Heard(run, meter.first_ns, meter.first_ns, ended, ended)

    heard, energy = metered_stream(meter, 0.0, tmp_path, played)
    record, tiny = energy.record(100, 0.01), energy.tiny_record("real-time")
    assert heard.run is run
    if late < 0:
        logged = energy.logged(3.3)
        assert logged is not None
        assert (len(logged.samples_j), list(logged.marks)) == (49, [0, 48])
        assert record.energy_j == pytest.approx(2.0 * 48.4e-3, rel=0.01)
        assert [each.window_by for each in tiny.trials] == ["host"]
        return
    assert energy.logged(3.3) is None
    assert record.energy_j is None
    assert "a window from sample 0 to 5" in record.problem
    assert (tiny.valid, tiny.reason, tiny.trials) == (False, record.problem, ())


def test_trials_shorter_than_ten_seconds_are_not_by_the_rules() -> None:
    trials = [
        TinyTrial(0, 1, elapsed_s, 0.1, 1e5, None, 0, "marks", 0, 1) for elapsed_s in (9.999, 10.0)
    ]
    assert unlike_rules(trials) == ["1 trials are shorter than 10 s"]
    assert unlike_rules(trials[1:]) == []
