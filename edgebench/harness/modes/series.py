"""A performance measurement: one LoadGen test, or a series of them whose median stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.drift_note import LATENCY_DRIFT, note_drift
from edgebench.harness.loadgen.inner_times import KEPT
from edgebench.harness.loadgen.settings import Series, ServerLoad, series_of, server_load
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.modes.performance import (
    MeasuredTest,
    measure_test,
)
from edgebench.harness.progress import Shared
from edgebench.host.state import cpu_times, others_share
from edgebench.rundir.contents.times import joined, write_times
from edgebench.rundir.layout import PERFORMANCE, SERIES
from edgebench.rundir.records.run import PerformanceRecord, SeriesTest
from edgebench.statistics.drift import drift_of

GIVEN_UP_AFTER = 2
"""INVALID tests from the first on: a single one may be a stall of the machine."""
OWN_RATE_TRIES = 4
"""At an eighth of the derived rate the lanes are idle: what is late then is not for the load."""


def measure_performance(runner: TestRunner) -> PerformanceRecord:
    """Measure a scenario's performance and return its record.

    A Server rate that was derived, not asked for, is halved when the system does not hold it:
    the calibration knows nothing of what handing queries over costs.
    """
    if runner.scenario.name != "server":
        return measure_series(runner)
    load = server_load(runner.request, runner.calibration)
    if runner.request.target_qps is not None:
        return measure_series(runner, load)
    for _ in range(1, OWN_RATE_TRIES):
        record = measure_series(runner, load, must_hold=True)
        if record.valid:
            return record
        runner.directory.event(
            f"{load.target_qps:.4g} queries/s (derived) were too many; halved and run again"
        )
        load = replace(load, target_qps=load.target_qps / 2)
    record = measure_series(runner, load)
    if not record.valid:
        runner.directory.event(
            f"{load.target_qps:.4g} queries/s keep the system almost idle and are still too many: "
            "it is the machine that stalls (see `latency_bound_ms`), not the load"
        )
    return record


def measure_series(
    runner: TestRunner, server: ServerLoad | None = None, *, must_hold: bool = False
) -> PerformanceRecord:
    """Run the tests of a measurement, Server's with the load that is given.

    The median test's logs go into performance/, the others' stay in series/. The times in
    performance/, the drift and the load from others are those of all tests.

    Parameters
    ----------
    must_hold
        Leave it at the first tests if those are INVALID.
    """
    series = series_of(runner.scenario.name, runner.request, runner.calibration, server)
    runner.directory.set_aside(SERIES)
    before = cpu_times()
    if series.tests == 1:
        tests = [measure_test(runner, PERFORMANCE, duration_ms=series.test_ms, server=server)]
    else:
        tests = _in_a_row(runner, series, server, GIVEN_UP_AFTER if must_hold else series.tests)
    others = others_share(before, cpu_times())
    records = [test.record for test in tests]
    chosen = middle_of(records)
    if series.tests > 1:
        runner.directory.folder(PERFORMANCE)
        runner.directory.move("/".join(_folder(chosen)), PERFORMANCE)
    times = joined([test.times for test in tests])
    folder = runner.directory.path / PERFORMANCE
    with disk_errors(folder):
        write_times(folder, times)
    # Of several tries the last one's.
    note_drift(runner, LATENCY_DRIFT, drift_of(times.per_sample_ns[times.lane == 0]))
    settings = runner.sut.description.settings
    return replace(
        records[chosen],
        # Instances in processes of their own are ours, but can't be distinguished from others here.
        others_cpu_share=None if settings.instance_kind == "processes" else others,
        series=tuple(
            _series_test(record, (PERFORMANCE,) if number == chosen else _folder(number))
            for number, record in enumerate(records)
        )
        if series.tests > 1
        else (),
    )


def _in_a_row(
    runner: TestRunner, series: Series, server: ServerLoad | None, give_up_after: int
) -> list[MeasuredTest]:
    """Run tests until the time is up, or so many were run and none was VALID."""
    title = f"{runner.scenario.loadgen_name} performance"
    stage = Shared(runner.progress, title, series.tests * series.test_ms / 1000)
    runner = replace(runner, progress=stage)
    tests: list[MeasuredTest] = []
    # What LoadGen needs before and after a test counts as well: nobody is to wait twice as long.
    while len(tests) < series.tests and not stage.is_over:
        test = measure_test(
            runner,
            *_folder(len(tests)),
            duration_ms=series.test_ms,
            server=server,
            most_times=KEPT // series.tests,
        )
        tests.append(test)
        runner = replace(runner, calibration=test.calibration)
        if len(tests) == give_up_after and not any(each.record.valid for each in tests):
            break
    return tests


def middle_of(records: Sequence[PerformanceRecord]) -> int:
    """Return which of several tests has the median score, Server the median p99 latency.

    Of an even number, the worse of the two in the middle.
    """
    order = sorted(range(len(records)), key=lambda number: _badness(records[number]))
    return order[len(order) // 2]


def _badness(record: PerformanceRecord) -> float:
    if record.target_qps is not None:
        return record.latency_ns["p99"]  # the score is the rate of arrivals
    return record.score if record.lower_is_better else -record.score


def _folder(number: int) -> tuple[str, str]:
    return SERIES, f"{number + 1:02d}"


def _series_test(record: PerformanceRecord, folder: tuple[str, ...]) -> SeriesTest:
    return SeriesTest(
        folder="/".join(folder),
        valid=record.valid,
        score=record.score,
        query_count=record.query_count,
        samples_per_second=record.samples_per_second,
        p50_ns=record.latency_ns["p50"],
        p90_ns=record.latency_ns["p90"],
        p99_ns=record.latency_ns["p99"],
    )
