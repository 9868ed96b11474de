"""The pace of samples whose times are those of their receipt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.power.integrate import integrate
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.pace import come_in_bursts, missing_from_count, period_s
from edgebench.power.traces.recordings import read_recording

PERIOD_S = 1e-3


def received(kept: np.ndarray, seed: int, burst: int = 4) -> np.ndarray:
    """Return when a host received samples of an even stream: some at once, each a little later."""
    rng = np.random.default_rng(seed)
    taken = kept * PERIOD_S
    # A packet is sent once its last sample is taken, and then takes a while, never less than none.
    last = taken[np.minimum(np.arange(len(taken)) // burst * burst + burst - 1, len(taken) - 1)]
    sent = np.maximum.accumulate(last + rng.exponential(5e-4, len(last)))
    place = np.arange(len(taken)) % burst
    return np.maximum.accumulate(sent + place * rng.uniform(5e-5, 1e-4, len(taken)))


@pytest.mark.parametrize("burst", [2, 4, 8])
@pytest.mark.parametrize("lost", [0, 3, 40])
def test_what_is_lost_of_a_stream_in_bursts_is_counted(burst: int, lost: int) -> None:
    numbers = np.arange(2000)
    kept = numbers[(numbers < 900) | (numbers >= 900 + lost)]
    times = received(kept, 7 * burst + lost, burst)
    assert come_in_bursts(times)
    assert period_s(times) == pytest.approx(PERIOD_S, rel=0.02)
    found = missing_from_count(times, period_s(times))
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
