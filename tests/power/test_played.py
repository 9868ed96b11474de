"""Every meter that is played, through its real protocol."""

from __future__ import annotations

import re
import time
from functools import partial
from itertools import pairwise
from math import comb

import numpy as np
import pytest

from edgebench.errors import MeterNotFound, TooFewSamples, UsageError
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.acquisition.trace_assembly import joined
from edgebench.power.contract import Ranging
from edgebench.power.description import MeterDescription
from edgebench.power.energy import Energy, energy_between
from edgebench.power.open import open_meter
from edgebench.power.samples import Exchange, PowerSamples
from edgebench.statistics.gum import expanded
from edgebench.virtual.meters.waveform import Waveform
from tests.power.sessions import MARK_S, ONE_WINDOW, Session, session, sessions
from tests.stalls import undisturbed

pytestmark = pytest.mark.timed

SEEDS = range(1, 5)
WINDOWS = 25
HELD = 0.95
CHANCE = 1e-4
"""How often the test may fail of intervals that hold 95 of 100."""
SAMPLED = {"hwmon", "powerz", "rpi5-pmic"}
"""Momentary readings of a chip: what is open between them is alike in all windows of a session, and
another one in the next, so whole sessions are counted, too. benchmarks/meters.py has hundreds."""
SAMPLED_SEEDS = range(1, 9)
LEAST_OF_SAMPLED = 0.85
STREAMS = ("lpm01a", "ppk2", "joulescope", "otii")
TESTERS = ("fnirsi",)
METERS = {
    "lpm01a": f",skew=100,marks={MARK_S}",
    "ppk2": f",skew=-100,marks={MARK_S}",
    "joulescope": f",skew=100,marks={MARK_S}",
    "otii": f",skew=-100,marks={MARK_S}",
    "ptdaemon": ",skew=100,period=0.05",
    "scpi": ",rate=50",
    "scpi-pty": ",rate=50",
    "hwmon": "",
    "rapl": ",wrap=5",
    "rpi5-pmic": "",
    "fnirsi": ",skew=-100",
    "powerz": "",
}


def held_of(name: str) -> list[Session]:
    """Hold sessions with a meter, few of a stream at once: it takes some of the processor."""
    seeds = SAMPLED_SEEDS if name in SAMPLED else SEEDS
    at_once = 2 if name in STREAMS else len(seeds)
    found = []
    for first in range(0, len(seeds), at_once):
        wanted = [(name, seed, 2.0, METERS[name]) for seed in seeds[first : first + at_once]]
        found += undisturbed(partial(sessions, wanted))
    return found


def least_held(count: int) -> int:
    """Return how many of some independent intervals hold, but for a chance of `CHANCE`."""
    shares = [comb(count, n) * HELD**n * (1 - HELD) ** (count - n) for n in range(count + 1)]
    return next(n for n in range(count + 1) if sum(shares[: n + 1]) >= CHANCE)


def held_windows(found: list[tuple[Energy, float]]) -> int:
    """Return how many hold the true energy; where no accuracy is stated, the meter has no error."""
    limits = [
        expanded(energy.parts).half_width if energy.uncertainty_j is None else energy.uncertainty_j
        for energy, _ in found
    ]
    return sum(
        abs(energy.energy_j - true) <= limit
        for (energy, true), limit in zip(found, limits, strict=True)
    )


@pytest.mark.parametrize("name", METERS)
def test_the_true_energy_lies_within_the_stated_uncertainty(name: str) -> None:
    held = held_of(name)
    for one in held:
        assert one.lost is None
        assert one.trace.samples.faults == ()
    found = [each for one in held for each in one.windows(WINDOWS)]
    assert len(found) == WINDOWS * len(held)
    least = HELD
    if name in SAMPLED:
        assert held_windows([one.whole() for one in held]) >= least_held(len(held))
        least = LEAST_OF_SAMPLED
    assert held_windows(found) >= least * len(found)
    if held[0].trace.meter.accuracy is None:
        return
    shares = [energy.uncertainty_j / true for energy, true in found if energy.uncertainty_j]
    assert np.median(shares) < 0.15  # it says something, too
    if "marks" in METERS[name]:
        by_marks = [each for one in held for each in one.windows_by_marks()]
        assert len(by_marks) >= 40
        assert held_windows(by_marks) >= HELD * len(by_marks)


def test_clocks_are_bounded_by_what_the_host_saw() -> None:
    for each in sessions([(name, 7, 2.0, ",skew=200") for name in STREAMS]):
        alignment = each.trace.alignment
        assert alignment is not None
        assert alignment.missing_ns == 0
        assert abs(alignment.drift_ppm + 200) <= alignment.drift_bound_ppm
        assert 0 < alignment.offset_bound_ns < 100e6


def test_a_hundredth_of_the_samples_that_is_lost_is_seen_every_time() -> None:
    wanted = [(name, seed, 2.5, ",loss=0.01") for seed in (1, 2) for name in STREAMS]
    wanted += [("scpi", seed, 2.5, ",rate=50,loss=0.05") for seed in (1, 2)]
    for each in undisturbed(lambda: sessions(wanted)):
        start, end = int(each.trace.samples.t_ns[0]), int(each.trace.samples.t_ns[-1])
        energy = energy_between(each.trace, start, end)
        assert energy.lost_samples > 0, each.name
        true = each.waveform.energy_j(start, end)
        assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j, each.name


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("stall=1", "has sent nothing|had been silent|does not answer|can't be read any more"),
        ("unplug=1", "is gone|does not answer|has sent nothing|can't be read any more"),
    ],
)
def test_a_meter_that_goes_away_is_lost_and_what_was_read_is_kept(fault: str, says: str) -> None:
    others = ("hwmon", "rapl", "powerz")
    wanted = [(name, 3, 2.2, f",{fault}") for name in (*STREAMS, *others)]
    wanted.append(("scpi", 3, 2.2, f",rate=50,{fault}"))
    wanted.append(("ptdaemon", 3, 2.2, f",period=0.1,{fault}"))
    for each in sessions(wanted):
        assert each.lost is not None, each.name
        assert re.search(says, str(each.lost)), str(each.lost)
        times = each.trace.samples.t_ns
        assert len(times) >= 5, each.name
        assert 0.4e9 < times[-1] - times[0] < 1.5e9, each.name
        with pytest.raises(TooFewSamples, match=r"don't cover the window|samples in"):
            energy_between(each.trace, each.start_ns, each.end_ns)


def test_absurd_samples_are_left_out_and_said() -> None:
    for each in sessions([(name, 5, 2.0, ",spike=0.03") for name in (*STREAMS, *TESTERS)]):
        assert any(
            "left out" in word or "range was left" in word for word in each.trace.samples.faults
        ), each.name
        # A PPK2's absurd samples are the most that its converter has; a tester states no accuracy.
        if each.name not in ("ppk2", *TESTERS):
            for energy, true in each.windows(5):
                assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j, each.name


def test_a_buffer_or_a_range_that_is_left_is_said() -> None:
    held = sessions(
        [
            ("lpm01a", 5, 2.0, ",overflow=0.5"),
            ("ppk2", 5, 1.2, ",overflow=0.5"),
            ("scpi", 5, 1.2, ",rate=50,overflow=0.5"),
        ]
    )
    words = {each.name: each.trace.samples.faults for each in held}
    assert words["lpm01a"] == ("its buffer has overflowed: a lower rate=",)
    assert any("its range was left: more than 1 A" in word for word in words["ppk2"])
    assert words["scpi"] == ("its range was left",)


def test_the_fastest_meters_keep_up_for_longer_than_a_port_s_buffer_holds() -> None:
    wanted = [
        ("lpm01a", 2, 5.0, ",skew=100,rate=100k,format=binary"),
        ("ppk2", 2, 5.0, ",skew=100,rate=100k"),
    ]
    # One after the other: stand-in and reader are of one process, which has one interpreter lock.
    for each in [undisturbed(partial(session, *one)) for one in wanted]:
        assert len(each.trace.samples) > 500_000, each.name
        assert each.trace.alignment is not None
        assert each.trace.alignment.missing_ns == 0, each.name
        assert each.trace.samples.faults == (), each.name
        for energy, true in each.windows(10):
            assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j
            assert energy.lost_samples == 0


def test_a_meter_that_counts_too_fast_is_said() -> None:
    about = MeterDescription(
        "made", "for a test", ("all",), 0.01, counts_energy=True, accuracy=None, clock="meter"
    )
    fast = np.arange(1, 331) * 10_000_000
    ties = (Exchange(0, 0, None), Exchange(int(fast[-1]), 2_995_000_000, 3_000_000_000))
    trace = joined(about, [PowerSamples(fast, np.ones(330), fast / 1e9, exchanges=ties)])
    assert trace.samples.faults == (
        "it counted more time than has passed: damaged samples, or a wrong rate",
    )
    found = energy_between(trace, 500_000_000, 2_500_000_000)
    assert found.energy_j == pytest.approx(2.0, rel=0.01)  # by the host's time, not by its own


def test_the_waveform_s_energy_is_that_of_its_power() -> None:
    waveform = Waveform.of(4, 2.0)
    start = 123_456_789_012_345
    whole = waveform.energy_j(start, start + 2_000_000_000)
    steps = np.linspace(0, 2e9, 4001).astype(np.int64)
    parts = [waveform.energy_j(start + int(a), start + int(b)) for a, b in pairwise(steps)]
    assert sum(parts) == pytest.approx(whole, rel=1e-6)
    least, most = (
        waveform.rest_w - waveform.ripple_w,
        (waveform.rest_w + waveform.burst_w + waveform.ripple_w),
    )
    powers = np.array(parts) / (np.diff(steps) / 1e9)
    assert powers.min() >= least - 1e-9
    assert powers.max() <= most + 1e-9


def test_an_analyzer_whose_range_is_too_small_is_said() -> None:
    with open_meter("virtual:ptdaemon,period=0.05,seed=3") as meter:
        assert isinstance(meter, Ranging)
        meter.set_ranges(230.0, 0.01)
        with MeterReader(meter) as reader:
            time.sleep(1.0)
        (fault,) = reader.trace().samples.faults
        assert re.fullmatch(r"\d+ samples were beyond its range", fault)
        meter.give_back()
        with MeterReader(meter) as reader:
            time.sleep(0.5)
        assert reader.trace().samples.faults == ()


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (
            "virtual:abacus",
            UsageError,
            "no meter 'abacus' can be played; there are fnirsi, hwmon, ",
        ),
        ("virtual:lpm01a,skew=300", UsageError, "skew= must be -200 to 200 ppm, not '300'"),
        ("virtual:lpm01a,skew=much", UsageError, "skew= must be -200 to 200 ppm, not 'much'"),
        (
            "virtual:hwmon,wrap=5",
            UsageError,
            "can't play wrap; it can play error, exact, ",
        ),
        (
            "virtual:lpm01a,rate=3",
            UsageError,
            "rate= must be one of 1k, 2k, 5k, 10k, 20k, .*not '3'",
        ),
        (
            "virtual:otii,device=other",
            MeterNotFound,
            "no instrument 'other'; it has virtual Arc; choose",
        ),
    ],
)
def test_what_the_bench_can_t_play_is_said(text: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says), open_meter(text):
        pass
