"""The pace of samples whose times are those of their receipt."""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from edgebench.power.description import MeterDescription
from edgebench.power.integrate import integrate
from edgebench.power.integration.coverage import lost_between
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.pace import come_in_bursts, missing_from_count, period_s
from edgebench.power.traces.recordings import read_recording
from edgebench.power.traces.trace import PowerTrace

PERIOD_S = 1e-3
ALWAYS = -inf, inf
S = 1_000_000_000


def received(kept: np.ndarray, seed: int, burst: int = 4) -> np.ndarray:
    """Return when a host received samples of an even stream: some at once, each a little later."""
    rng = np.random.default_rng(seed)
    taken = kept * PERIOD_S
    # A packet is sent once its last sample is taken, and then takes a while, never less than none.
    last = taken[np.minimum(np.arange(len(taken)) // burst * burst + burst - 1, len(taken) - 1)]
    sent = np.maximum.accumulate(last + rng.exponential(5e-4, len(last)))
    place = np.arange(len(taken)) % burst
    return np.maximum.accumulate(sent + place * rng.uniform(5e-5, 1e-4, len(taken)))


@pytest.mark.parametrize("burst", [2, 4, 5, 7, 8])
@pytest.mark.parametrize("lost", [0, 3, 40])
def test_what_is_lost_of_a_stream_in_bursts_is_counted(burst: int, lost: int) -> None:
    numbers = np.arange(2000)
    kept = numbers[(numbers < 900) | (numbers >= 900 + lost)]
    times = received(kept, 7 * burst + lost, burst)
    assert come_in_bursts(times)
    assert period_s(times) == pytest.approx(PERIOD_S, rel=0.02)
    found = missing_from_count(times, *ALWAYS)
    assert found == pytest.approx(lost, abs=1)
    assert (found > 0) == (lost > 0)


def test_an_even_log_with_a_jitter_or_a_gap_does_not_come_in_bursts() -> None:
    rng = np.random.default_rng(0)
    for jitter in (0.0, 0.4):
        times = np.cumsum(1 + jitter * rng.triangular(-1, 0, 1, 500))
        assert not come_in_bursts(times)
        assert not come_in_bursts(times[(times < 100) | (times > 180)])
    assert period_s(np.arange(500.0)[:20]) == 1.0


def test_a_log_of_receipts_says_nothing_is_missing(tmp_path: Path) -> None:
    times = received(np.arange(1000), 1)
    path = tmp_path / "log.csv"
    rows = (f"{each * 1e6:.0f},{10 + n % 3}" for n, each in enumerate(times))
    path.write_text("time_us,current_mA\n" + "\n".join(rows))
    trace = read_recording(path, ReadOptions(supply_v=3.0))
    found = integrate(trace, 0, None)
    assert found.lost_samples == 0
    assert found.energy_j == pytest.approx(3.0 * 0.011 * (times[-1] - times[0]), rel=0.02)
    assert trace.meter.period_s == pytest.approx(PERIOD_S, rel=0.02)


def holed(first: int, behind: int, count: int = 5000) -> PowerTrace:
    """Return a trace of receipts without the samples from one number to another."""
    numbers = np.arange(count)
    times = received(numbers[(numbers < first) | (numbers >= behind)], 3)
    about = MeterDescription(
        "made", "for a test", ("all",), PERIOD_S, counts_energy=False, accuracy=None
    )
    return PowerTrace(about, PowerSamples((times * 1e9).astype(np.int64), np.ones(len(times))))


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(0.5, 2.9), (0.5, 3.02), (1.98, 3.9), (2.1, 3.9), (0.5, 4.9)]
)
def test_a_loss_at_the_edge_of_a_window_is_counted(start_s: float, end_s: float) -> None:
    found = lost_between(holed(2000, 3000), int(start_s * S), int(end_s * S))
    assert found == pytest.approx(1000, abs=1)


@pytest.mark.parametrize("lost", [5, 20])
@pytest.mark.parametrize(("start_s", "end_s"), [(0.5, 2.03), (1.99, 3.0), (1.0, 3.0)])
def test_a_small_loss_near_the_edge_of_a_window_is_counted(
    start_s: float, end_s: float, lost: int
) -> None:
    found = lost_between(holed(2000, 2000 + lost), int(start_s * S), int(end_s * S))
    assert found == pytest.approx(lost, abs=1)


@pytest.mark.parametrize(("first", "behind"), [(20, 220), (4780, 4980)])
def test_a_loss_near_the_end_of_a_trace_is_counted(first: int, behind: int) -> None:
    trace = holed(first, behind)
    times = trace.samples.t_ns
    assert lost_between(trace, int(times[0]), int(times[-1])) == pytest.approx(200, abs=4)


def test_a_loss_outside_a_window_is_not_counted() -> None:
    trace = holed(2000, 3000)
    assert lost_between(trace, S // 2, int(1.9 * S)) == 0
    assert lost_between(trace, int(3.1 * S), int(4.9 * S)) == 0


@pytest.mark.parametrize("end_s", [2.05, 2.25, 4.0])
def test_samples_that_come_late_but_all_are_not_missing(end_s: float) -> None:
    times = received(np.arange(5000), 3)
    times[(times > 2.0) & (times < 2.2)] = 2.2
    times += np.arange(5000) * 1e-9
    trace = holed(0, 0)
    late = PowerTrace(trace.meter, PowerSamples((times * 1e9).astype(np.int64), np.ones(5000)))
    assert lost_between(late, S // 2, int(end_s * S)) == 0


@pytest.mark.parametrize("slower", [0.97, 0.99, 1.01, 1.03, 1.2])
@pytest.mark.parametrize("lost", [0, 5, 40])
def test_a_clock_that_differs_from_the_stated_rate_loses_nothing(slower: float, lost: int) -> None:
    trace = holed(2000, 2000 + lost)
    times = (trace.samples.t_ns * slower).astype(np.int64)
    found = lost_between(
        PowerTrace(trace.meter, PowerSamples(times, trace.samples.power_w)), S // 2, 4 * S
    )
    assert found == pytest.approx(lost, abs=1)
    assert (found > 0) == (lost > 0)
