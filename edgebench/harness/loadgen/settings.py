"""The user.conf of a test: LoadGen's settings for a scenario on a system of known speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from edgebench.harness.loadgen.calibrate import Calibration
from edgebench.harness.request import RunRequest
from edgebench.mlperf.loadgen.config import Value
from edgebench.mlperf.scenarios import (
    OFFICIAL_DURATION_MS,
    OFFLINE_SAMPLES,
    SCENARIOS,
    SERVER_LATENCY_BOUND_MS,
    ScenarioName,
)

CHUNK_NS = 5_000_000
"""Offline, a lane takes about this much work at a time at the end of the test, more before: long
compared with the cost of handing it over."""
CHUNK_SHARE = 1 / 50
"""Or about this part of the test, if that is less: at its end a lane waits for the others."""
MOST_IN_CHUNK = 512
OFFLINE_MARGIN = 1.2
"""LoadGen makes an Offline query 10 % longer than the rate asks for; with this a machine may be
a third faster than it was when calibrated. Should it be faster still, the test is run again."""
MOST_DERIVED_QPS = 10_000.0
"""Handing a query over to a lane costs some 25 us: more than this is not asked for unbidden."""
SERVER_SHARE = 0.3
"""Without a rate of its own a Server test gets this part of what the lanes can do."""
BOUND_IN_SERVICES = 4.0
SERVER_QUERIES = 1_000
"""LoadGen wants 662 queries to be sure of a 99th percentile, and more for each that is late."""
QUICK_DURATION_MS = 10_000
QUICK_SAMPLES = 8_000
"""A quick measurement of more samples is made of several tests.

LoadGen makes every query before a test begins: 11,000 of them (see `LATENCY_MARGIN`) take 5 MB
(`edgebench.harness.loadgen.memory_need`), which a small board can spare."""
METERED_SAMPLES = 100_000
"""Energy is that of one test's window, which is to be as long as 60 MB of queries allow."""
SHORTEST_QUICK_MS = 100
"""Some slices of the scheduler, for models so fast that so many samples are over sooner."""
LATENCY_MARGIN = 1.5
"""LoadGen makes twice as many queries as the expected latency asks for: with this, a third more
than a system of the calibrated speed needs. Should they run out, the test is run again."""


@dataclass(frozen=True)
class ServerLoad:
    """A Server test's rate of arrivals and the bound on its latency."""

    target_qps: float
    latency_bound_ms: float


def server_load(request: RunRequest, calibration: Calibration) -> ServerLoad:
    """Return the rate and the bound of a Server test; what was not asked for is derived.

    The default bound is LoadGen's 10 ms, or four times the time of one inference where the
    model is too slow for that to leave room.
    """
    service_ms = calibration.median_ns / 1e6
    bound = request.latency_bound_ms or max(SERVER_LATENCY_BOUND_MS, BOUND_IN_SERVICES * service_ms)
    rate = request.target_qps or min(
        SERVER_SHARE * calibration.samples_per_second, MOST_DERIVED_QPS
    )
    return ServerLoad(max(rate, 1e-3), bound)


@dataclass(frozen=True)
class Series:
    """How many tests a performance measurement is made of, and how long each lasts at least."""

    tests: int
    test_ms: int


def series_of(
    scenario: ScenarioName,
    request: RunRequest,
    calibration: Calibration,
    server: ServerLoad | None = None,
) -> Series:
    """Return what a performance measurement is made of.

    Official ones and those whose duration was asked for are of one test. So are those of a
    serial device, which is slow enough, and those with a meter, which reads one window.
    """
    if request.official:
        return Series(1, OFFICIAL_DURATION_MS)
    if request.duration_s is not None:
        return Series(1, max(1, round(request.duration_s * 1000)))
    load = server or server_load(request, calibration)
    samples_per_s = {
        "singlestream": 1e9 / calibration.median_ns,
        "multistream": min(request.settings.instances, 8) * 1e9 / calibration.median_ns,
        "server": load.target_qps,
        "offline": calibration.samples_per_second,
    }[scenario]
    most = QUICK_SAMPLES if request.power is None else METERED_SAMPLES
    enough_ms = max(SHORTEST_QUICK_MS, round(most / samples_per_s * 1000))
    if enough_ms >= QUICK_DURATION_MS:
        return Series(1, QUICK_DURATION_MS)
    if request.device is not None or request.power is not None:
        return Series(1, enough_ms)
    tests = ceil(QUICK_DURATION_MS / enough_ms)
    return Series(tests, ceil(QUICK_DURATION_MS / tests))


def user_conf(
    scenario: ScenarioName,
    request: RunRequest,
    calibration: Calibration,
    server: ServerLoad | None = None,
) -> dict[str, Value]:
    """Return the keys of a user.conf for a scenario (durations and latencies in ms)."""
    load = server or server_load(request, calibration)
    values: dict[str, Value] = {
        "min_duration": series_of(scenario, request, calibration, load).test_ms
    }
    if scenario == "offline":
        values["target_qps"] = max(1e-3, OFFLINE_MARGIN * calibration.samples_per_second)
        if request.official:
            values["min_query_count"] = OFFLINE_SAMPLES
    elif scenario == "server":
        values["target_qps"] = load.target_qps
        values["target_latency"] = load.latency_bound_ms
        values["min_query_count"] = SERVER_QUERIES
    else:
        samples = ceil(SCENARIOS[scenario].samples_per_query / request.settings.instances)
        values["target_latency"] = LATENCY_MARGIN * calibration.median_ns * samples / 1e6
    return values


def chunk_size(calibration: Calibration, batch: int, test_ms: float) -> int:
    """Return how many samples a lane takes at a time Offline; a multiple of the batch."""
    chunk_ns = min(CHUNK_NS, int(test_ms * 1e6 * CHUNK_SHARE))
    samples = min(MOST_IN_CHUNK, max(1, chunk_ns // calibration.median_ns))
    return max(1, samples // batch) * batch
