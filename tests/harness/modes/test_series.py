"""A quick measurement is made of several LoadGen tests where one would need much memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import Interrupted
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.loadgen import settings
from edgebench.harness.loadgen.calibrate import Calibration
from edgebench.harness.loadgen.inner_times import InnerTimes, times_of
from edgebench.harness.loadgen.settings import ServerLoad, chunk_size, series_of, user_conf
from edgebench.harness.modes import series
from edgebench.harness.modes.series import middle_of
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.run.prepare import Prepared, prepare
from edgebench.harness.run.run_record import start_record
from edgebench.harness.run.scenario import run_scenario
from edgebench.harness.run.session import resume, run_request
from edgebench.harness.run.sut_pool import OpenSystem
from edgebench.harness.run.warnings import warnings_of
from edgebench.host.state import host_state
from edgebench.mlperf.loadgen.detail import DETAIL_FILE
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.results.summary.columns import flat
from edgebench.results.summary.row import summary_row
from edgebench.rundir.contents.times import read_times
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.records.run import PerformanceRecord
from edgebench.rundir.search import find_runs
from edgebench.rundir.writer import RunDirectory
from tests.harness.made_suts import MadeSut, factory
from tests.mlperf.loadgen_config import read_config


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a quick measurement one of 1.5 s, of tests as short as LoadGen allows."""
    monkeypatch.setattr(settings, "QUICK_DURATION_MS", 1500)
    monkeypatch.setattr(settings, "QUICK_SAMPLES", 50)


def request(**options: Any) -> RunRequest:
    usual = {"scenarios": ("singlestream",), "modes": ("performance",), "model": "digits-resnet8"}
    return request_of(**{"warmup_s": 0.05, **usual, **options})


def measured(out: Path, sut: MadeSut, **options: Any) -> tuple[Run, PerformanceRecord]:
    (run,) = run_request(request(**options), out, factory=factory(sut)).runs
    assert run.record.performance is not None
    return run, run.record.performance


def begun_as_if(
    calibration: Calibration, out: Path, sut: MadeSut, **options: Any
) -> tuple[Prepared, OpenSystem, RunDirectory]:
    """Begin a run that is planned as if this had been the system's speed in its warm-up."""
    asked = request(**options)
    prepared, system = prepare(asked, factory(sut)), OpenSystem(asked.settings, sut, calibration)
    return prepared, system, start_record(out, "session", prepared, system, asked.scenarios[0])


@pytest.mark.parametrize(
    ("median_us", "options", "tests", "test_ms"),
    [
        (25, {}, 50, 200),
        (2, {}, 100, 100),  # no shorter than the scheduler's slices
        (1_000, {}, 2, 5_000),
        (2_000, {}, 1, 10_000),
        (25, {"duration_s": 3}, 1, 3_000),
        (25, {"official": True}, 1, 600_000),
        (25, {"power": "rapl"}, 1, 2_500),
        (200, {"power": "rapl"}, 1, 10_000),
    ],
)
def test_a_measurement_takes_about_10_s_and_no_test_has_many_samples(
    median_us: int, options: dict[str, Any], tests: int, test_ms: int
) -> None:
    calibration = Calibration(median_us * 1000, 1e6 / median_us)
    scenarios: tuple[ScenarioName, ...] = ("singlestream", "offline")
    for scenario in scenarios:
        found = series_of(scenario, request(**options), calibration)
        assert (found.tests, found.test_ms) == (tests, test_ms)
        conf = user_conf(scenario, request(**options), calibration)
        assert conf["min_duration"] == test_ms
    server = series_of("server", request(**options), calibration, ServerLoad(500.0, 10.0))
    assert server.tests == 1


def test_a_device_is_measured_by_one_test() -> None:
    asked = RunRequest(device=DeviceRequest("emulated:kws"))
    found = series_of("singlestream", asked, Calibration(500_000, 2000.0))
    assert (found.tests, found.test_ms) == (1, 4_000)


@pytest.mark.timed
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("scenario", ["singlestream", "multistream", "server", "offline"])
def test_the_middle_of_several_tests_stands_and_all_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    # Time for two tests on a slow machine: LoadGen wants 662 queries of 8 in MultiStream, and
    # edgebench 1000 in Server.
    monkeypatch.setattr(settings, "QUICK_DURATION_MS", 3_000)
    options = {"latency_bound_ms": 200.0, "target_qps": 4000.0} if scenario == "server" else {}
    sut = MadeSut(lambda *_: 0.00005)
    run, performance = measured(tmp_path, sut, scenarios=(scenario,), **options)
    series = performance.series
    assert len(series) > 1
    assert sum(test.folder == "performance" for test in series) == 1
    for test in series:
        assert (run.path / test.folder / DETAIL_FILE).is_file()
    (chosen,) = (test for test in series if test.folder == "performance")
    assert chosen.score == performance.score
    assert chosen.p99_ns == performance.latency_ns["p99"]
    times = read_times(run.path / "performance")
    assert times is not None
    assert np.all(np.diff(times.ended_ns) > 0)
    # Those of all tests, not of the chosen one alone.
    assert np.ptp(times.ended_ns) > 1.5 * performance.duration_s * 1e9
    row = flat(summary_row(run))
    shown = {"singlestream": "p90_ns", "offline": "samples_per_second"}.get(scenario, "p99_ns")
    figures = [getattr(test, shown) for test in series]
    found = (row["tests"], row["test_low"], row["test_high"])
    assert found == (len(series), min(figures), max(figures))


def test_times_are_thinned_out_evenly_and_without_the_cold_first() -> None:
    lane = InnerTimes()
    for number in range(1000):
        lane.add(1, invoke_ns=number)
    (every,) = {tuple(times_of([lane], most).invoke_ns) for most in (1000, 5000)}
    assert every == tuple(range(1000))
    few = times_of([lane], 100)
    assert few.invoke_ns.tolist() == list(range(5, 1000, 10))
    assert few.lane.size == few.samples.size == 100


def record(score: float, **values: Any) -> PerformanceRecord:
    usual: dict[str, Any] = dict.fromkeys(PerformanceRecord.__dataclass_fields__)
    latency = {"p50": round(score), "p90": round(score), "p99": round(score)}
    usual |= {"valid": True, "score": score, "lower_is_better": True, "latency_ns": latency}
    return PerformanceRecord(**{**usual, "series": (), **values})


def test_offline_s_drift_is_of_a_sample_not_of_a_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(series, "drift_of", seen.append)
    run, _ = measured(tmp_path, MadeSut(lambda *_: 0.0005), scenarios=("offline",), duration_s=0.3)
    times = read_times(run.path / "performance")
    assert times is not None
    assert len(set(times.samples)) > 2  # large pieces first, small ones at the end
    (values,) = seen
    assert len(values) == len(times.samples)
    # What the pieces took is shared out to their samples, none of which can be quicker.
    np.testing.assert_allclose(values * times.samples, times.invoke_ns)
    assert np.min(values) >= 0.5e6


@pytest.mark.parametrize(
    ("median_us", "test_ms", "batch", "samples"),
    [
        (20, 10_000, 1, 250),  # 5 ms
        (20, 100, 1, 100),  # a fiftieth of the test
        (20, 100, 8, 96),
        (1, 10_000, 1, 512),
        (50_000, 100, 1, 1),
        (50_000, 100, 8, 8),
    ],
)
def test_a_piece_at_the_end_is_short(
    median_us: int, test_ms: int, batch: int, samples: int
) -> None:
    calibration = Calibration(median_us * 1000, 1e6 / median_us)
    assert chunk_size(calibration, batch, test_ms) == samples


def test_of_two_in_the_middle_the_worse_stands() -> None:
    assert middle_of([record(3), record(1), record(2)]) == 2
    assert middle_of([record(3), record(1), record(2), record(4)]) == 0
    rates = [record(each, lower_is_better=False) for each in (3, 1, 2, 4)]
    assert middle_of(rates) == 2
    # A Server's score is the rate of arrivals: it is the p99 latency that tells tests apart.
    served = [
        replace(record(1.0, lower_is_better=False, target_qps=9.0), latency_ns={"p99": each})
        for each in (30, 10, 20)
    ]
    assert middle_of(served) == 2


@pytest.mark.usefixtures("short")
def test_invalid_tests_are_said_next_to_a_valid_median(tmp_path: Path) -> None:
    run, performance = measured(tmp_path, MadeSut(lambda *_: 0.0005))
    first, *others = performance.series
    marked = replace(performance, series=(replace(first, valid=False), *others))
    state, dataset = host_state(), load_dataset("digits")
    run.record.performance = marked
    (warning,) = [w for w in warnings_of(run.record, dataset, state, state) if "in a row" in w]
    assert warning.startswith(f"1 of {len(others) + 1} tests in a row were INVALID")
    run.record.performance = performance
    assert not any("in a row" in w for w in warnings_of(run.record, dataset, state, state))


@pytest.mark.timed
def test_a_system_that_speeds_up_has_tests_of_the_planned_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queries run out in the first test; it and all others last as long as was planned."""
    monkeypatch.setattr(settings, "QUICK_DURATION_MS", 4_000)
    monkeypatch.setattr(settings, "QUICK_SAMPLES", 50)
    # LoadGen makes some 70 queries for a second, which last 10 ms; on a busy machine a second at
    # the most. The first test's times are what all others are planned from.
    slow = Calibration(20_000_000, 50.0)
    sut = MadeSut(lambda *_: 0.0001, says_ns=100_000)
    run = read_run(run_scenario(*begun_as_if(slow, tmp_path, sut), Silent()))
    performance = run.record.performance
    assert performance is not None
    assert len(performance.series) > 1
    ran_out = [each for each in run.record.events if "too few queries" in each["what"]]
    assert len(ran_out) == 1
    planned = read_config(run.path / "performance" / "user.conf")["*.SingleStream.min_duration"]
    assert performance.duration_s * 1000 >= int(planned) == 1000


class StopAtFourth(Silent):
    """Ctrl-C when the fourth measurement begins."""

    begun = 0

    def stage(self, title: str, seconds: float | None) -> None:
        self.begun += 1
        if self.begun == 4:
            raise KeyboardInterrupt


def test_a_derived_rate_is_left_at_the_first_two_tests_that_do_not_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system can do 1000 a second: 6000, 3000 and 1500 are too many, whatever the machine."""
    # There is time for hundreds of tests; each try is left at the second.
    monkeypatch.setattr(settings, "QUICK_DURATION_MS", 60_000)
    monkeypatch.setattr(settings, "QUICK_SAMPLES", 50)
    monkeypatch.setattr(settings, "SERVER_QUERIES", 100)
    fast = Calibration(50_000, 20_000.0)
    options = {"scenarios": ("server",), "latency_bound_ms": 10.0}
    begun = begun_as_if(fast, tmp_path, MadeSut(lambda *_: 0.001), **options)
    with pytest.raises(KeyboardInterrupt):
        run_scenario(*begun, StopAtFourth())
    directory = begun[-1]
    halved = [each["what"].split(" queries/s (derived)")[0] for each in directory.record.events]
    assert halved == ["6000", "3000", "1500"]
    # Of each try the median test, and the other one.
    kept: dict[str, list[str]] = {}
    for conf in directory.path.rglob("user.conf"):
        kind = "other" if "series" in str(conf.relative_to(directory.path)) else "median"
        kept.setdefault(read_config(conf)["*.Server.target_qps"], []).append(kind)
    assert {rate: sorted(kinds) for rate, kinds in kept.items()} == {
        rate: ["median", "other"] for rate in halved
    }


class StopAtSecond(Silent):
    """Ctrl-C while the second test of a series runs, or when it has ended."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def advance(self, share: float) -> None:
        if list(self.out.glob("*/series/02")):
            raise KeyboardInterrupt


def test_an_interrupted_series_is_kept_and_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QUICK_DURATION_MS", 6_000)  # two tests fit on a busy machine
    monkeypatch.setattr(settings, "QUICK_SAMPLES", 50)
    sut = MadeSut(lambda *_: 0.0005)
    with pytest.raises(Interrupted):
        run_request(request(), tmp_path, StopAtSecond(tmp_path), factory=factory(sut))
    (partial,) = find_runs(tmp_path)
    assert read_run(partial).record.performance is None
    assert (partial / "series" / "01" / DETAIL_FILE).is_file()
    (run,) = resume(tmp_path, factory=factory(sut)).runs
    assert run.record.performance is not None
    assert len(run.record.performance.series) > 1
    assert (run.path / "set-aside" / "series-1" / "01" / DETAIL_FILE).is_file()
