"""The user.conf of a test: LoadGen's settings for a scenario on a system of known speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from edgebench.harness.calibrate import Calibration
from edgebench.harness.request import RunRequest
from edgebench.mlperf.config import Value
from edgebench.mlperf.scenarios import (
    OFFICIAL_DURATION_MS,
    OFFLINE_SAMPLES,
    SCENARIOS,
    SERVER_LATENCY_BOUND_MS,
    ScenarioName,
)

CHUNK_NS = 5_000_000
"""Offline, a lane takes about this much work at a time at the end of the test, more before: long
beside the cost of handing it over, short beside the test."""
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
"""A quick test ends sooner than `QUICK_DURATION_MS` when it has run this many samples.

LoadGen makes every query before the test begins, at 350 bytes each until its list has grown:
11,000 of them (see `LATENCY_MARGIN`) take 4 MB, which a small board can spare."""
SHORTEST_QUICK_MS = 250
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


def quick_duration_ms(
    scenario: ScenarioName, request: RunRequest, calibration: Calibration, load: ServerLoad
) -> int:
    """Return how long a quick test of a scenario lasts at least."""
    if request.duration_s is not None:
        return max(1, round(request.duration_s * 1000))
    samples_per_s = {
        "singlestream": 1e9 / calibration.median_ns,
        "multistream": min(request.instances, 8) * 1e9 / calibration.median_ns,
        "server": load.target_qps,
        "offline": calibration.samples_per_second,
    }[scenario]
    enough_ms = round(QUICK_SAMPLES / samples_per_s * 1000)
    return min(QUICK_DURATION_MS, max(SHORTEST_QUICK_MS, enough_ms))


def user_conf(
    scenario: ScenarioName,
    request: RunRequest,
    calibration: Calibration,
    server: ServerLoad | None = None,
) -> dict[str, Value]:
    """Return the keys of a user.conf for a scenario (durations and latencies in ms)."""
    load = server or server_load(request, calibration)
    values: dict[str, Value] = {
        "min_duration": OFFICIAL_DURATION_MS
        if request.official
        else quick_duration_ms(scenario, request, calibration, load)
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
        samples = ceil(SCENARIOS[scenario].samples_per_query / request.instances)
        values["target_latency"] = LATENCY_MARGIN * calibration.median_ns * samples / 1e6
    return values


def chunk_size(calibration: Calibration, batch: int) -> int:
    """Return how many samples a lane takes at a time Offline; a multiple of the batch."""
    samples = min(MOST_IN_CHUNK, max(1, CHUNK_NS // calibration.median_ns))
    return max(1, samples // batch) * batch
