"""A performance test and what is recorded of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgebench.clock import HOST_CLOCK
from edgebench.datasets.clicks.stack_distances import shares_as_drawn
from edgebench.errors import LogInvalid
from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.calibrate import Calibration
from edgebench.harness.loadgen.inner_times import KEPT, median_ns, times_of
from edgebench.harness.loadgen.loadgen import Outcome
from edgebench.harness.loadgen.settings import ServerLoad
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.mlperf.loadgen.device_timed import (
    GENERATOR,
    PERCENTILES,
    percentile_name,
    write_device_log,
)
from edgebench.mlperf.loadgen.result import LoadgenResult, performance_result
from edgebench.mlperf.scenarios import Scenario
from edgebench.rundir.contents.times import Times
from edgebench.rundir.layout import DEVICE_TIMED
from edgebench.rundir.records.run import (
    DeviceTimedRecord,
    OverheadRecord,
    PerformanceRecord,
)
from edgebench.statistics.quantiles import reached_percentile

LINK_COST = "link cost: host-timed less device-timed"


@dataclass(frozen=True)
class MeasuredTest:
    """A performance test: what is recorded of it, and when each query was answered.

    ``calibration`` is the runner's, or that of a faster system if queries ran out.
    """

    record: PerformanceRecord
    times: Times
    calibration: Calibration


def measure_test(
    runner: TestRunner,
    *folder: str,
    duration_ms: int,
    server: ServerLoad | None = None,
    most_times: int = KEPT,
) -> MeasuredTest:
    """Run one performance test, Server with the load that is given.

    Parameters
    ----------
    folder
        Of the run directory; where its logs go.
    most_times
        How many queries' times an instance are kept.
    """
    ran = runner.run("performance", *folder, server=server, duration_ms=duration_ms)
    outcome, result = ran.outcome, loadgen_result(ran.outcome, runner.scenario)
    record = PerformanceRecord(
        valid=result.valid,
        reasons=result.reasons,
        score=result.score,
        score_name=runner.scenario.score_name,
        unit=runner.scenario.unit,
        lower_is_better=runner.scenario.lower_is_better,
        samples_per_second=result.samples_per_second,
        query_count=result.query_count,
        sample_count=result.sample_count,
        duration_s=result.duration_s,
        latency_ns=result.latency_ns,
        overhead=overhead_of(outcome, result, runner.scenario, by_host=_by_host(runner)),
        others_cpu_share=None,
        target_qps=server.target_qps if server else None,
        latency_bound_ms=server.latency_bound_ms if server else None,
        device_timed=None if _by_host(runner) else device_timed(runner, outcome),
        reuse=shares_as_drawn(runner.dataset, ran.drawn),
    )
    return MeasuredTest(record, times_of(outcome.driver.times, most_times), ran.calibration)


def _by_host(runner: TestRunner) -> bool:
    return runner.sut.description.clock == HOST_CLOCK


def device_timed(runner: TestRunner, outcome: Outcome) -> DeviceTimedRecord:
    """Return what the device's own clock said in a test, and write it as logs of its own.

    Single inferences are known in SingleStream only; elsewhere there is a rate.
    """
    (lane,) = outcome.driver.times
    kept = np.asarray(lane.kept("invoke_ns"))
    latency: dict[str, int] = {}
    if runner.scenario.name == "singlestream" and kept.size:
        latency = {
            percentile_name(each): int(reached_percentile(kept, each)) for each in PERCENTILES
        }
        latency |= {"min": int(kept.min()), "mean": int(kept.mean()), "max": int(kept.max())}
    rate = lane.samples * 1e9 / lane.total_ns if lane.total_ns else 0.0
    folder = runner.directory.folder(DEVICE_TIMED)
    with disk_errors(folder):
        write_device_log(
            folder, runner.scenario, runner.sut.description.clock, latency, rate, lane.samples
        )
    return DeviceTimedRecord(latency, rate, lane.samples, GENERATOR)


def loadgen_result(outcome: Outcome, scenario: Scenario) -> LoadgenResult:
    """Return LoadGen's own statement of a test's result.

    Raises
    ------
    LogInvalid
        If the test did not end.
    """
    return performance_result(outcome.log, scenario)


def overhead_of(
    outcome: Outcome, result: LoadgenResult, scenario: Scenario, *, by_host: bool = True
) -> OverheadRecord:
    """Return what the harness added to the inferences.

    Latency scenarios: LoadGen's median less the median of ``invoke()`` in the same queries.
    Server: the time from taking a query off the queue to its answer, less ``invoke()``;
    waiting in the queue is the scenario, not the harness. Offline: the share of the
    instances' time that was not spent in ``invoke()``. Of a device that times itself this is
    the cost of its link.
    """
    lanes = outcome.driver.times
    if not any(lane.count for lane in lanes):
        raise LogInvalid("the driver timed no query")
    # MultiStream's first lane has the largest share of each query.
    invoke = median_ns(lanes if scenario.name == "server" else lanes[:1], "invoke_ns")
    if scenario.name == "offline":
        busy_ns = sum(lane.total_ns for lane in lanes)
        samples = sum(lane.samples for lane in lanes)
        wall_ns = result.duration_s * 1e9 * len(lanes)
        share = max(0.0, 1 - busy_ns / wall_ns) if wall_ns else 0.0
        per_sample = busy_ns // max(1, samples)
        kind = "instances' time outside invoke" if by_host else LINK_COST
        return OverheadRecord(kind, per_sample, 0, share)
    if scenario.name == "server":
        around = median_ns(lanes, "around_ns")
        return _overhead("service time less invoke", around, invoke)
    kind = "LoadGen's p50 less invoke's p50" if by_host else LINK_COST
    return _overhead(kind, result.latency_ns["p50"], invoke)


def _overhead(kind: str, whole_ns: int, invoke_ns: int) -> OverheadRecord:
    extra = whole_ns - invoke_ns
    return OverheadRecord(kind, invoke_ns, extra, extra / whole_ns if whole_ns else 0.0)
