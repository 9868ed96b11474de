"""Energy and its uncertainty, against waveforms whose energy is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import TooFewSamples, TraceInvalid, UsageError
from edgebench.power.acquisition.trace_assembly import joined
from edgebench.power.description import Accuracy, MeterDescription, stated_by_user
from edgebench.power.energy import energy_between
from edgebench.power.integrate import integrate
from edgebench.power.integration.coverage import lost_between
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.formats.npz import load_trace, save_trace
from edgebench.power.traces.recordings import read_recording
from edgebench.power.traces.trace import PowerTrace

METER = MeterDescription(
    "made",
    "a waveform",
    ("all",),
    0.001,
    counts_energy=False,
    accuracy=Accuracy(0.01, 0.0005, "made"),
)
S = 1_000_000_000


def power_at(t_s: np.ndarray) -> np.ndarray:
    """A board that idles at 30 mW and works at 90 mW, 37 times a second, with a slow drift."""
    return 0.03 + 0.06 * ((t_s * 37) % 1 < 0.4) + 0.01 * np.sin(2 * np.pi * 0.3 * t_s)


def true_energy(start_s: float, end_s: float) -> float:
    """Return the integral in closed form: the work's share of each period, and the drift's."""

    def until(t_s: float) -> float:
        turns = t_s * 37
        working = (np.floor(turns) * 0.4 + min(turns % 1, 0.4)) / 37
        drift = (1 - np.cos(2 * np.pi * 0.3 * t_s)) / (2 * np.pi * 0.3)
        return float(0.03 * t_s + 0.06 * working + 0.01 * drift)

    return until(end_s) - until(start_s)


def sampled(seed: int, seconds: float = 4.0) -> PowerTrace:
    """A meter with a gain and an offset within its limits, at jittered times."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, seconds, METER.period_s) + rng.uniform(0, 2e-4)
    gain = 1 + rng.uniform(-0.01, 0.01)
    offset = rng.uniform(-0.0005, 0.0005)
    return PowerTrace(
        METER, PowerSamples((times * S).astype(np.int64), power_at(times) * gain + offset)
    )


def test_the_true_energy_lies_within_the_uncertainty() -> None:
    inside = 0
    for seed in range(400):
        rng = np.random.default_rng(1000 + seed)
        start, end = rng.uniform(0.1, 0.5), rng.uniform(2.0, 3.9)
        found = energy_between(sampled(seed), int(start * S), int(end * S))
        inside += abs(found.energy_j - true_energy(start, end)) <= found.uncertainty_j
        assert found.uncertainty_j < 0.05 * found.energy_j  # it says something, too
    # 95 of 100, and no more: an interval that holds all is too wide.
    assert 0.93 * 400 <= inside <= 0.98 * 400


def test_counted_energy_is_exact_but_for_the_edges() -> None:
    times = np.arange(0, 5, 0.1)
    counted = np.array([0.0, *(true_energy(a, b) for a, b in pairwise(times))])
    exact = Accuracy(0.0, 0.0, "made")
    trace = PowerTrace(
        replace(METER, counts_energy=True, period_s=0.1, accuracy=exact),
        PowerSamples((times * S).astype(np.int64), counted / 0.1, np.cumsum(counted)),
    )
    found = energy_between(trace, int(1.03 * S), int(3.98 * S))
    assert abs(found.energy_j - true_energy(1.03, 3.98)) <= found.uncertainty_j
    assert found.parts_j["sampling"] == 0
    on_counts = energy_between(trace, 1 * S, 4 * S)
    assert on_counts.energy_j == pytest.approx(true_energy(1.0, 4.0), rel=1e-6)


@pytest.mark.parametrize("reset_at", [20, 21, 45])
def test_a_count_that_was_reset_is_no_energy(reset_at: int) -> None:
    times = (np.arange(0, 5, 0.1) * S).astype(np.int64)
    counted = np.arange(50) * 0.01
    counted[reset_at:] -= counted[reset_at]
    about = replace(METER, counts_energy=True, period_s=0.1)
    power = np.full(50, 0.1)
    trace = PowerTrace(about, PowerSamples(times, power, counted))
    with pytest.raises(TooFewSamples, match=r"falls from 0\.\d+ to 0 J, .* it was reset"):
        energy_between(trace, 1 * S, int(4.7 * S))
    assert energy_between(trace, 0, int(1.5 * S)).energy_j == pytest.approx(0.15)
    # Leads the wrong way round, and noise around 0 W, let a count fall as well.
    backwards = PowerTrace(about, PowerSamples(times, -power, np.arange(50) * -0.01))
    assert energy_between(backwards, 1 * S, 4 * S).energy_j == pytest.approx(-0.3)
    noise = np.random.default_rng(reset_at).normal(0, 1e-5, 50)
    quiet = PowerTrace(about, PowerSamples(times, noise / 0.1, np.cumsum(noise)))
    assert abs(energy_between(quiet, 1 * S, 4 * S).energy_j) < 1e-3


def test_a_constant_power_has_the_meter_s_uncertainty_only() -> None:
    times = (np.arange(0, 2, 0.001) * S).astype(np.int64)
    trace = PowerTrace(METER, PowerSamples(times, np.full(len(times), 0.5)))
    found = energy_between(trace, S // 2, 3 * S // 2)
    assert found.energy_j == pytest.approx(0.5)
    # Of two rectangular limits, 5 mJ and 0.5 mJ: below the larger one, and below k = 2.
    drawn = np.random.default_rng(0).uniform(-1, 1, (1_000_000, 2)) @ [0.005, 0.0005]
    assert found.uncertainty_j == pytest.approx(np.quantile(np.abs(drawn), 0.95), rel=2e-3)
    assert found.uncertainty_j < 0.005
    assert found.coverage_factor == pytest.approx(1.65, abs=0.01)
    wider = energy_between(trace, S // 2, 3 * S // 2, clock_ns=1e6)
    assert wider.parts_j["clock"] == pytest.approx(0.5 * 1e-3 * np.sqrt(2 / 3))


def test_an_accuracy_that_is_not_stated_is_no_certainty() -> None:
    times = (np.arange(0, 2, 0.001) * S).astype(np.int64)
    unknown = replace(METER, accuracy=None)
    trace = PowerTrace(unknown, PowerSamples(times, np.full(len(times), 0.5)))
    found = energy_between(trace, S // 2, 3 * S // 2)
    assert found.energy_j == pytest.approx(0.5)
    assert found.uncertainty_j is None
    assert "meter, of the reading" not in found.parts_j
    stated = replace(trace, meter=replace(unknown, accuracy=stated_by_user(0.005)))
    found = energy_between(stated, S // 2, 3 * S // 2)
    # 95 of 100 values of a rectangular distribution lie within 0.95 of its limit.
    assert found.uncertainty_j == pytest.approx(0.95 * 0.5 * 0.005)


@pytest.mark.parametrize("share", [0.0, 1.0, 50.0, -0.1, float("nan")])
def test_an_accuracy_is_a_share(share: float) -> None:
    with pytest.raises(UsageError, match="`meter_accuracy` must be between 0 and 1"):
        stated_by_user(share)


def test_irregular_samples_are_joined_by_straight_lines() -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 10, 400))
    trace = PowerTrace(METER, PowerSamples((times * S).astype(np.int64), 2 + 3 * times))
    found = energy_between(trace, 2 * S, 7 * S)
    assert found.energy_j == pytest.approx(2 * 5 + 1.5 * (49 - 4), rel=1e-9)


def test_lost_samples_are_seen_every_time() -> None:
    for seed in range(50):
        trace = sampled(seed)
        rng = np.random.default_rng(seed)
        kept = rng.random(len(trace.samples)) > 0.01
        kept[[0, -1]] = True
        samples = trace.samples
        holed = PowerTrace(METER, PowerSamples(samples.t_ns[kept], samples.power_w[kept]))
        assert lost_between(trace, 0, 4 * S) == 0
        assert lost_between(holed, 0, 4 * S) == np.count_nonzero(~kept)


def test_too_few_samples_say_how_many_are_needed() -> None:
    trace = sampled(0)
    with pytest.raises(TooFewSamples, match=r"made: 4 samples in 0\.004 s, 10 are needed"):
        energy_between(trace, S, S + 4_000_000)
    with pytest.raises(TooFewSamples, match="don't cover the window"):
        energy_between(trace, S, 9 * S)


def test_a_trace_is_kept_whole(tmp_path: Path) -> None:
    marks = np.array([S, 2 * S], np.int64)
    trace = joined(
        METER, [sampled(0).samples, PowerSamples(np.array([5 * S]), np.array([1.0]), None, marks)]
    )
    save_trace(trace, tmp_path / "t.npz")
    again = load_trace(tmp_path / "t.npz")
    assert again.meter == METER
    np.testing.assert_array_equal(again.samples.power_w, trace.samples.power_w)
    assert again.samples.marks_ns is not None
    found = integrate(again, "marks", None)
    assert found.duration_s == 1.0
    assert found.energy_j == energy_between(again, S, 2 * S).energy_j
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04half", b"not a zip"])
def test_a_damaged_trace_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(TraceInvalid, match="no power trace"):
        load_trace(tmp_path / "t.npz")


def test_recordings_of_others_are_read(tmp_path: Path) -> None:
    rows = "\n".join(f"{i / 10},{2.0}" for i in range(50))
    (tmp_path / "m.csv").write_text(f"seconds,watts\n{rows}\n")
    assert integrate(read_recording(tmp_path / "m.csv"), 1.0, 3.0).energy_j == pytest.approx(4)
    lines = "".join(f"Time,11-25-2026 08:00:{i:02d}.000,Watts,3.0,Volts,-1\n" for i in range(30))
    (tmp_path / "spl.txt").write_text(lines)
    found = integrate(read_recording(tmp_path / "spl.txt"), 0.0, None)
    assert found.energy_j == pytest.approx(87)
    (tmp_path / "bad.csv").write_text("seconds,watts\n0,1\n0.1,one\n")
    with pytest.raises(TraceInvalid, match="line 3: watts is 'one'"):
        read_recording(tmp_path / "bad.csv")
    trace = read_recording(tmp_path / "m.csv")
    with pytest.raises(TraceInvalid, match="has 0 marks"):
        integrate(trace, "marks", None)
    with pytest.raises(UsageError, match="is no part of it"):
        integrate(trace, 3.0, 99.0)
    with pytest.raises(UsageError, match="`start` must be seconds or 'marks'"):
        integrate(trace, "noon", None)
