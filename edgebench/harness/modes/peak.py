"""The largest Server rate that holds the latency bound, by bisection."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from edgebench.errors import UsageError
from edgebench.harness.loadgen.calibrate import Calibration
from edgebench.harness.loadgen.settings import ServerLoad, server_load
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.modes.performance import loadgen_result
from edgebench.harness.modes.series import measure_series
from edgebench.harness.request import RunRequest
from edgebench.rundir.layout import PEAK
from edgebench.rundir.records.run import PeakStep, PerformanceRecord

STEP_MS = 2_000
OFFICIAL_STEP_MS = 60_000
RESOLUTION = 0.02
"""The search ends when the bounds are this close, as a share of the upper one."""
BACK_OFF = 0.95
"""If the whole test at the rate found is INVALID, a lower one is tried."""
MOST_BACK_OFFS = 5
HOPELESS_SHARE = 0.1
"""Below this part of what the lanes can do the search gives up."""


def refuse_hopeless_bound(request: RunRequest, calibration: Calibration) -> None:
    """Refuse to search below a bound that not even one inference alone holds.

    Raises
    ------
    UsageError
        If it is asked for.
    """
    bound_ms, service_ms = request.latency_bound_ms, calibration.median_ns / 1e6
    if request.find_peak and bound_ms is not None and bound_ms < service_ms:
        raise UsageError(
            f"one inference takes {service_ms:.3g} ms here: no rate holds a bound of "
            f"{bound_ms:g} ms: raise `latency_bound_ms`",
            field="latency_bound_ms",
            value=bound_ms,
        )


def measure_peak(runner: TestRunner) -> tuple[PerformanceRecord, list[PeakStep]]:
    """Search the peak, then measure it for the whole duration.

    Returns
    -------
    The last whole test, and every rate that was tried.
    """
    load = server_load(runner.request, runner.calibration)
    steps: list[PeakStep] = []
    low, high = 0.0, 1.1 * runner.calibration.samples_per_second
    # A rate that the lanes can't do for lack of time must fail; if even it holds, look higher.
    while _step(runner, replace(load, target_qps=high), steps):
        low, high = high, 1.5 * high
    hopeless = HOPELESS_SHARE * runner.calibration.samples_per_second
    while high - low > RESOLUTION * high:
        if high < hopeless:
            runner.directory.event(f"no rate down to {high:.4g}/s held the bound")
            break
        middle = (low + high) / 2
        if _step(runner, replace(load, target_qps=middle), steps):
            low = middle
        else:
            high = middle
    rate = low or high
    # Where no rate held, one whole test says so; lower ones would only take longer.
    for _ in range(MOST_BACK_OFFS if low else 1):
        record = measure_series(runner, replace(load, target_qps=rate))
        if record.valid:
            break
        rate *= BACK_OFF
    return record, steps


def _step(runner: TestRunner, load: ServerLoad, steps: list[PeakStep]) -> bool:
    folder = (PEAK, f"{len(steps) + 1:02d}_{load.target_qps:.1f}qps")
    ran = runner.run(
        "performance",
        *folder,
        title=f"peak search {load.target_qps:.4g}/s",
        server=load,
        duration_ms=_step_ms(runner.request),
    )
    result = loadgen_result(ran.outcome, runner.scenario)
    steps.append(
        PeakStep(load.target_qps, result.valid, result.latency_ns["p99"], "/".join(folder))
    )
    return result.valid


def _step_ms(request: RunRequest) -> int:
    if request.official:
        return OFFICIAL_STEP_MS
    # A step need not be longer than the test that it is for.
    return STEP_MS if request.duration_s is None else min(STEP_MS, ceil(request.duration_s * 1000))
