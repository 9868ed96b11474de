"""How fast a system is, roughly: what LoadGen must know before it makes its queries.

With LoadGen's own defaults a healthy machine ends INVALID, for want of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Thread

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset
from edgebench.harness.loadgen.failures import as_sut_failure
from edgebench.harness.loadgen.inner_times import InnerTimes
from edgebench.statistics.quantiles import median
from edgebench.sut.contract import Lane, SystemUnderTest

MEASURE_S = 0.5
LEAST_RUNS = 5
SAMPLES = 64


@dataclass(frozen=True)
class Calibration:
    """The figures of a short trial.

    ``median_ns`` is that of one sample on one lane; ``samples_per_second`` is the rate of all
    lanes together.
    """

    median_ns: int
    samples_per_second: float


def calibrate(
    sut: SystemUnderTest, dataset: Dataset, warmup_s: float, measure_s: float = MEASURE_S
) -> Calibration:
    """Warm every lane up, then measure one alone and all together, each for `measure_s`.

    Raises
    ------
    DatasetMismatch
        If the samples don't fit the model.
    SutFailed
        If the system fails.
    """
    # What a system can't hold ready takes another time.
    count = min(SAMPLES, dataset.count, sut.description.loaded_samples or SAMPLES)
    sut.load({index: dataset.sample(index) for index in range(count)})
    try:
        _all_lanes(sut.lanes, count, warmup_s)
        latencies = _latencies_ns(sut.lanes[0], count, measure_s)
        rate = _all_lanes(sut.lanes, count, measure_s)
    finally:
        sut.unload(range(count))
    return Calibration(max(1, int(median(latencies))), rate)


def faster(calibration: Calibration, times: Sequence[InnerTimes], wall_ns: int) -> Calibration:
    """Return the calibration of a system that a test showed to be faster.

    Parameters
    ----------
    times, wall_ns
        The test's own times; a half is added to the speed at least.
    """
    samples = max(1, sum(lane.samples for lane in times))
    mean_ns = sum(lane.total_ns for lane in times) // samples
    rate = samples * 1e9 / max(1, wall_ns)
    return Calibration(
        max(1, min(mean_ns, calibration.median_ns * 2 // 3)),
        max(rate, 1.5 * calibration.samples_per_second),
    )


def _latencies_ns(lane: Lane, count: int, seconds: float) -> list[int]:
    latencies: list[int] = []
    end = now_ns() + int(seconds * 1e9)
    while len(latencies) < LEAST_RUNS or now_ns() < end:
        started = now_ns()
        lane.infer((len(latencies) % count,))
        latencies.append(now_ns() - started)
    return latencies


def _all_lanes(lanes: Sequence[Lane], count: int, seconds: float) -> float:
    """Keep all lanes busy for a while and return their samples per second."""
    rates: list[float] = []
    failures: list[Exception] = []
    stopped = Event()

    def run(lane: Lane, finished: Event) -> None:
        indices = range(count)
        done, started = 0, now_ns()
        try:
            while (passed := now_ns() - started) < seconds * 1e9 and not stopped.is_set():
                # Single samples first: a slow model must not overrun a short warm-up by much.
                step = count if done * 1e9 > count * max(1, passed) else 1
                lane.infer(indices[:step])
                done += step
            rates.append(done * 1e9 / max(1, now_ns() - started))
        except Exception as error:  # a user's system may raise anything
            failures.append(error)
        finally:
            finished.set()

    # Events, not Thread.join: interrupted by Ctrl-C, that takes a thread for ended which is not
    # (CPython 3.11, bpo-45274), and two would talk to a lane at once.
    running = [(lane, Event()) for lane in lanes]
    for each in running:
        Thread(target=run, args=each, daemon=True).start()
    try:
        for _, finished in running:
            finished.wait()
    finally:
        stopped.set()
        for _, finished in running:
            finished.wait()
    if failures:
        raise as_sut_failure(failures[0]) from failures[0]
    return sum(rates)
