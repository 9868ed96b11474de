"""A meter's clock on the host's: the truth lies within the bounds, whatever the delays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.power.acquisition.alignment import align
from edgebench.power.samples import Exchange

S = 1_000_000_000


def exchanges(
    skew_ppm: float, offset_ns: int, delays_ms: list[float], seconds: float, lost_s: float = 0.0
) -> list[Exchange]:
    """What a meter that is started, read now and then, and stopped gives; `lost_s` is missing."""

    def meter(host_ns: float) -> int:
        return round((host_ns - offset_ns) * (1 + skew_ppm * 1e-6))

    found = [Exchange(0, offset_ns - int(delays_ms[0] * 1e6), offset_ns + int(delays_ms[1] * 1e6))]
    steps = np.linspace(0.05, seconds, len(delays_ms))
    for moment, delay in zip(steps, delays_ms, strict=True):
        host = offset_ns + moment * S
        gone = lost_s * moment / seconds
        found.append(Exchange(meter(host) - int(gone * S), None, round(host + delay * 1e6)))
    end = offset_ns + seconds * S
    found.append(
        Exchange(
            meter(end) - int(lost_s * S),
            round(end - delays_ms[2] * 1e6),
            round(end + delays_ms[3] * 1e6),
        )
    )
    return found


@given(
    skew=st.floats(-200, 200),
    offset=st.integers(0, 10**15),
    delays=st.lists(st.floats(0.01, 30), min_size=4, max_size=40),
    seconds=st.floats(0.5, 600),
)
def test_the_truth_lies_within_the_bounds(
    skew: float, offset: int, delays: list[float], seconds: float
) -> None:
    found = align(exchanges(skew, offset, delays, seconds))
    assert found is not None
    assert found.missing_ns == 0
    for moment in np.linspace(0, seconds, 7):
        host = offset + moment * S
        meter = np.array([round(moment * S * (1 + skew * 1e-6))], np.int64)
        assert abs(int(found.host_ns(meter)[0]) - host) <= found.offset_bound_ns + 10
    assert abs(found.drift_ppm + skew) <= found.drift_bound_ppm + 1
    # As wide as the exchanges themselves, not wider.
    assert found.offset_bound_ns <= (sum(delays[:4]) + max(delays)) * 1e6 + 500e-6 * seconds * S


def test_a_long_session_knows_the_drift_well() -> None:
    found = align(exchanges(100, 5 * S, [0.5] * 100, 100))
    assert found is not None
    assert found.drift_ppm == pytest.approx(-100, abs=12)
    assert found.drift_bound_ppm < 12
    assert found.offset_bound_ns < 1e6


@pytest.mark.parametrize("seconds", [2.0, 10.0, 100.0])
@pytest.mark.parametrize("skew", [-200, 0, 200])
def test_a_hundredth_of_the_samples_is_missed(seconds: float, skew: float) -> None:
    found = align(exchanges(skew, S, [2.0] * 20, seconds, lost_s=0.01 * seconds))
    assert found is not None
    assert found.missing_ns == pytest.approx(0.01 * seconds * S, rel=0.35)


def test_what_bounds_one_side_only_aligns_nothing() -> None:
    assert align([]) is None
    assert align([Exchange(0, None, 5), Exchange(10, None, 15)]) is None
