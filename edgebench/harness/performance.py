"""A performance test and what is recorded of it."""

from __future__ import annotations

from dataclasses import replace

from edgebench.errors import LogInvalid
from edgebench.harness.bench import Bench
from edgebench.harness.inner_times import median_ns
from edgebench.harness.loadgen import Outcome
from edgebench.harness.settings import ServerLoad, server_load
from edgebench.host.state import cpu_times, others_share
from edgebench.mlperf.loadgen_log import LoadgenResult, performance_result
from edgebench.mlperf.scenarios import Scenario
from edgebench.rundir.record import OverheadRecord, PerformanceRecord

OWN_RATE_TRIES = 6


def measure_performance(bench: Bench) -> PerformanceRecord:
    """Run a performance test and return its record.

    A Server rate that was derived, not asked for, is halved when the system does not hold it:
    the calibration knows nothing of what handing queries over costs.
    """
    if bench.scenario.name != "server":
        return measure_once(bench)
    load = server_load(bench.request, bench.calibration)
    tries = 1 if bench.request.target_qps is not None else OWN_RATE_TRIES
    record = measure_once(bench, load)
    for _ in range(1, tries):
        if record.valid:
            break
        bench.directory.event(
            f"{load.target_qps:.4g} queries/s (derived) were too many; halved and run again"
        )
        load = replace(load, target_qps=load.target_qps / 2)
        record = measure_once(bench, load)
    return record


def measure_once(bench: Bench, server: ServerLoad | None = None) -> PerformanceRecord:
    """Run one performance test, Server with the load that is given, and return its record."""
    before = cpu_times()
    outcome = bench.run("performance", server=server)
    others = others_share(before, cpu_times())
    result = loadgen_result(outcome, bench.scenario)
    return PerformanceRecord(
        valid=result.valid,
        reasons=result.reasons,
        score=result.score,
        score_name=bench.scenario.score_name,
        unit=bench.scenario.unit,
        lower_is_better=bench.scenario.lower_is_better,
        samples_per_second=result.samples_per_second,
        query_count=result.query_count,
        sample_count=result.sample_count,
        duration_s=result.duration_s,
        latency_ns=result.latency_ns,
        overhead=overhead_of(outcome, result, bench.scenario),
        # Instances in processes of their own are ours, but can't be told from others here.
        others_cpu_share=None if bench.sut.description.instance_kind == "processes" else others,
        target_qps=server.target_qps if server else None,
        latency_bound_ms=server.latency_bound_ms if server else None,
    )


def loadgen_result(outcome: Outcome, scenario: Scenario) -> LoadgenResult:
    """Return LoadGen's own statement of a test's result.

    Raises
    ------
    LogInvalid
        If the test did not end.
    """
    return performance_result(outcome.log, scenario, "LoadGen's detail log")


def overhead_of(outcome: Outcome, result: LoadgenResult, scenario: Scenario) -> OverheadRecord:
    """Return what the harness added to the inferences.

    Latency scenarios: LoadGen's median less the median of ``invoke()`` in the same queries.
    Server: the time from taking a query off the queue to its answer, less ``invoke()``;
    waiting in the queue is the scenario, not the harness. Offline: the share of the
    instances' time that was not spent in ``invoke()``.
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
        return OverheadRecord("instances' time outside invoke", per_sample, 0, share)
    if scenario.name == "server":
        around = median_ns(lanes, "around_ns")
        return _overhead("service time less invoke", around, invoke)
    return _overhead("LoadGen's p50 less invoke's p50", result.latency_ns["p50"], invoke)


def _overhead(kind: str, whole_ns: int, invoke_ns: int) -> OverheadRecord:
    extra = whole_ns - invoke_ns
    return OverheadRecord(kind, invoke_ns, extra, extra / whole_ns if whole_ns else 0.0)
