"""Faults that the kit plays: no wrong energy is silent."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.energy import energy_between
from edgebench.power.open import open_meter
from edgebench.virtual.meters.waveform import Load, Waveform
from tests.power.sessions import ONE_WINDOW, Session, sessions
from tests.stalls import undisturbed

pytestmark = pytest.mark.timed

SEED = 4
LOSSES = ",loss=0.2,skew=100"


Wanted = tuple[str, int, float, str]


def wanted(*meters: tuple[str, str], seconds: float = 2.0) -> tuple[Wanted, ...]:
    """Return what `sessions` takes, of meters and their options."""
    return tuple((name, SEED, seconds, options) for name, options in meters)


FROZEN_S = 4.0
TOGETHER = (
    wanted(
        ("hwmon", ",frozen=2.6"),
        ("hwmon", ""),
        ("scpi", ",rate=50,frozen=2.6"),
        ("scpi", ",rate=50"),
        ("otii", ",frozen=2.6"),
        ("otii", ""),
        seconds=FROZEN_S,
    ),
    wanted(*((name, ",unit=1000") for name in ("hwmon", "hwmon-ina3221", "otii", "ppk2"))),
    wanted(("hwmon", ",negative=1"), ("otii", ",negative=1"), ("rapl", ",frozen=0.8")),
    wanted(("scpi", ",rate=50,nan=0.1"), ("hwmon", ",nan=1"), ("hwmon", ",spike=0.03")),
    wanted(("rapl", ",loss=0.3,skew=-100"), ("rapl", ",spike=0.005"), ("hwmon", LOSSES)),
)
"""Sessions that are held at once, so that the tests take less of the clock's time.

None whose energy must be that of a fast stream: others would be in its way.
"""


@cache
def all_of(group: tuple[Wanted, ...]) -> list[Session]:
    return undisturbed(lambda: sessions(group))


def held(name: str, options: str, seconds: float = 2.0) -> Session:
    """Return a session, which may be one of several that are held at once."""
    (one,) = wanted((name, options), seconds=seconds)
    group = next((each for each in TOGETHER if one in each), (one,))
    return all_of(group)[group.index(one)]


def said(found: Session) -> str:
    return "; ".join([*found.trace.samples.faults, *([str(found.lost)] if found.lost else [])])


@pytest.mark.parametrize("name", ["otii", "joulescope", "lpm01a"])
def test_what_is_kept_back_until_the_stop_is_whole_and_in_its_place(name: str) -> None:
    found = held(name, ",hold=0.25")
    assert found.lost is None
    for energy, true in found.windows(5):
        assert energy.uncertainty_j is not None
        assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j
        assert energy.lost_samples == 0


@pytest.mark.parametrize("name", ["hwmon", "scpi,rate=50", "otii"])
def test_a_value_that_is_frozen_is_said(name: str) -> None:
    kind, _, more = name.partition(",")
    # It begins before it is read; a while of that goes by on a busy machine.
    options = f",{more}" if more else ""
    assert "is it frozen?" in said(held(kind, f"{options},frozen=2.6", FROZEN_S))
    assert "frozen" not in said(held(kind, options, FROZEN_S))


def test_a_counter_that_is_frozen_counts_nothing() -> None:
    found = held("rapl", ",frozen=0.8")
    power = found.trace.samples.power_w
    assert np.count_nonzero(power == 0) > 20
    assert "is it frozen?" in said(found)


@pytest.mark.parametrize("name", ["hwmon", "hwmon-ina3221", "otii", "ppk2"])
def test_another_unit_is_beyond_the_meter_s_range(name: str) -> None:
    words = said(held(name, ",unit=1000"))
    assert "left out" in words or "range was left" in words


@pytest.mark.parametrize("name", ["hwmon", "otii"])
def test_leads_the_wrong_way_round_are_refused_before_anything_is_measured(name: str) -> None:
    with (
        open_meter(f"virtual:{name},negative=1") as meter,
        pytest.raises(MeterNotFound, match="leads the wrong way round"),
    ):
        check_meter(meter)
    assert "below 0 W: are its leads the wrong way round?" in said(held(name, ",negative=1"))


def test_no_numbers_leave_gaps_or_end_the_measurement() -> None:
    found = held("scpi", ",rate=50,nan=0.1")
    assert "it had no value at times" in said(found)
    assert np.all(np.isfinite(found.trace.samples.power_w))
    assert "can't be read any more" in said(held("hwmon", ",nan=1"))


def test_hwmon_s_spikes_are_left_out_and_said() -> None:
    found = held("hwmon", ",spike=0.03")
    assert "W were left out" in said(found)
    for energy, true in found.windows(5):
        assert abs(energy.energy_j - true) < 0.1 * true


def test_conversions_that_are_lost_leave_the_one_before() -> None:
    found = held("hwmon", LOSSES)
    assert found.lost is None
    for energy, true in found.windows(5):
        assert abs(energy.energy_j - true) < 0.1 * true


def test_a_counter_with_lost_updates_counts_all_and_a_jump_is_no_energy() -> None:
    found = held("rapl", ",loss=0.3,skew=-100")
    for energy, true in found.windows(5):
        assert energy.uncertainty_j is not None
        assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j
    jumped = held("rapl", ",spike=0.005")
    assert isinstance(jumped.lost, MeterLost)
    assert "its counter went from" in said(jumped)


def test_a_load_that_steps_at_the_window_s_edges() -> None:
    found = held("hwmon", ",load=step,step=1.0", 4.0)
    waveform = Waveform.of(SEED, 5.0, Load.STEP, 1.0)
    begin = -(-found.start_ns // 2_000_000_000) * 2_000_000_000
    energy = energy_between(found.trace, begin, begin + 1_000_000_000)
    true = waveform.energy_j(begin, begin + 1_000_000_000)
    assert true == pytest.approx(waveform.rest_w + waveform.burst_w)
    assert energy.uncertainty_j is not None
    assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j
