"""Windows whose edges are steps of the power: a machine that idles, works, and idles again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgebench.power.description import Accuracy, Limit, MeterDescription
from edgebench.power.energy import energy_between, net_energy
from edgebench.power.integration.sampling import sampling_deviation_j, unevenness
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace

S = 1_000_000_000
PERIOD_S = 0.1
IDLE_W, BUSY_W, BUSY_S = 5.0, 25.0, 2.0
SEEDS, FEW_SEEDS = 400, 100
METER = MeterDescription(
    "made", "10 Hz", ("all",), PERIOD_S, False, accuracy=Accuracy(0.001, 0.0, "made")
)


def until_j(t_s: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    """Return the energy of a machine that works from a start to an end, until moments."""
    return IDLE_W * t_s + (BUSY_W - IDLE_W) * (np.clip(t_s, start_s, end_s) - start_s)


def worked(seed: int, about: MeterDescription) -> tuple[PowerTrace, int, int]:
    """Return a trace by a meter within its limits, and where the work began and ended."""
    rng = np.random.default_rng(seed)
    start_s = 2 + rng.uniform(0, PERIOD_S)
    end_s = start_s + BUSY_S + rng.uniform(0, PERIOD_S)
    gain = 1 + 0.001 * rng.uniform(-1, 1)
    times = np.arange(0, 6.5, PERIOD_S)
    joules = until_j(times, start_s, end_s) * gain
    means = np.diff(joules, prepend=joules[0] - IDLE_W * PERIOD_S * gain) / PERIOD_S
    momentary = gain * np.where((times >= start_s) & (times < end_s), BUSY_W, IDLE_W)
    t_ns = np.round(times * S).astype(np.int64)
    if about.counts_energy:
        samples = PowerSamples(t_ns, means, joules)
    else:
        samples = PowerSamples(t_ns, means if about.averages else momentary)
    return PowerTrace(about, samples), round(start_s * S), round(end_s * S)


@pytest.mark.parametrize("kind", ["momentary", "averages", "counts"])
def test_steps_at_both_edges_are_within_the_uncertainty(kind: str) -> None:
    about = replace(METER, averages=kind == "averages", counts_energy=kind == "counts")
    wrong, limits = [], []
    for seed in range(SEEDS):
        found = energy_between(*worked(seed, about))
        wrong.append(abs(found.energy_j - BUSY_W * found.duration_s))
        limits.append(found.uncertainty_j)
    inside = np.mean(np.array(wrong) <= np.array(limits))
    assert inside >= 0.93
    if kind == "momentary":
        # Not wider than needed: that would be no figure at all.
        assert inside <= 0.99
        assert np.median(limits) < 1.5 * np.quantile(wrong, 0.95)


def test_a_meter_that_is_too_slow_for_a_window_says_how_long_to_measure() -> None:
    found = energy_between(*worked(3, METER))
    assert found.advice.startswith("one sample per 0.1 s is coarse for a window of 2.02 s: ")
    seconds = int(found.advice.split("measure for ")[1].split(" s")[0].replace(",", ""))
    times = np.arange(0, seconds + 4, PERIOD_S)
    power = np.where((times >= 2) & (times < 2 + seconds), BUSY_W, IDLE_W)
    longer = PowerTrace(METER, PowerSamples((times * S).astype(np.int64), power))
    assert energy_between(longer, 2 * S, (2 + seconds) * S).advice == ""


def test_a_steady_power_needs_no_advice_and_has_no_open_edges() -> None:
    times = (np.arange(0, 6, PERIOD_S) * S).astype(np.int64)
    found = energy_between(PowerTrace(METER, PowerSamples(times, np.full(60, 7.0))), S, 3 * S)
    assert found.advice == ""
    assert found.parts_j["edges"] == 0
    assert found.uncertainty_j == pytest.approx(0.95 * 14 * 0.001)


def test_an_end_behind_the_last_sample_is_open() -> None:
    times = (np.arange(0, 3, PERIOD_S) * S).astype(np.int64)
    trace = PowerTrace(METER, PowerSamples(times, np.full(30, 7.0)))
    found = energy_between(trace, S, round(3.05 * S))
    assert found.energy_j == pytest.approx(7 * 2.05)
    assert found.parts_j["edges"] == pytest.approx(7 * 0.15 / np.sqrt(3))


@pytest.mark.parametrize("origin_ns", [0, 123_456_789_012_345, 987_654_321_098_765])
def test_edges_on_the_first_and_the_last_count_are_exact(origin_ns: int) -> None:
    rng = np.random.default_rng(0)
    for period_s in (0.00025, 0.001, 0.0123456789, 0.1):
        times = origin_ns + np.round(np.arange(1, 200) * period_s * S).astype(np.int64)
        joules = np.cumsum(rng.uniform(0, 1, 199))
        about = replace(METER, counts_energy=True, period_s=period_s)
        trace = PowerTrace(about, PowerSamples(times, np.ones(199), joules))
        found = energy_between(trace, int(times[0]), int(times[-1]))
        assert found.energy_j == pytest.approx(joules[-1] - joules[0], rel=1e-6)
        assert found.parts_j["edges"] < 1e-3 * found.energy_j


def test_net_energy_has_the_meter_s_gain_error_once_and_its_offset_not_at_all() -> None:
    accuracy = Accuracy(0.1, 0.5, "made")
    about = replace(METER, accuracy=accuracy, counts_energy=True)
    trace, start, end = worked(1, about)
    active = energy_between(trace, start, end)
    idle = [energy_between(trace, 0, start - S // 2), energy_between(trace, end + S // 2, 6 * S)]
    found = net_energy(active, idle, accuracy)
    assert found is not None
    assert found.idle_w == pytest.approx(IDLE_W, rel=2e-3)
    assert found.energy_j == pytest.approx((BUSY_W - IDLE_W) * BUSY_S, rel=0.06)
    assert found.uncertainty_j is not None
    gain_alone = 0.95 * 0.1 * found.energy_j
    assert gain_alone * (1 - 1e-6) <= found.uncertainty_j < 1.15 * gain_alone
    assert net_energy(active, [], accuracy) is None
    unknown = net_energy(replace(active, uncertainty_j=None), idle, None)
    assert unknown is not None
    assert unknown.uncertainty_j is None


def test_net_energies_hold_the_truth() -> None:
    accuracy = Accuracy(0.1, 0.5, "made")
    about = replace(METER, accuracy=accuracy, counts_energy=True)
    inside = 0
    for seed in range(SEEDS):
        trace, start, end = worked(seed, about)
        rng = np.random.default_rng([seed, 1])
        gain, offset_w = 1 + 0.1 * rng.uniform(-1, 1), 0.5 * rng.uniform(-1, 1)
        joules = trace.samples.energy_j * gain + offset_w * trace.samples.t_ns / S
        trace = replace(trace, samples=replace(trace.samples, energy_j=joules))
        sides = ((0, start - S // 2), (end + S // 2, 6 * S))
        idle = [energy_between(trace, *each) for each in sides]
        found = net_energy(energy_between(trace, start, end), idle, accuracy)
        assert found is not None
        assert found.uncertainty_j is not None
        true = (BUSY_W - IDLE_W) * (end - start) / S
        inside += abs(found.energy_j - true) <= found.uncertainty_j
    assert 0.93 * SEEDS <= inside <= 0.98 * SEEDS


def test_net_energy_of_rails_whose_shares_move_holds_the_truth() -> None:
    """One rail takes all that is more: then its shunt's error alone is that of the difference."""
    tolerance, rest_w = 0.01, 2.0
    inside = 0
    for seed in range(FEW_SEEDS):
        trace, start, end = worked(seed, replace(METER, counts_energy=True))
        rng = np.random.default_rng([seed, 2])
        busy, rest = 1 + tolerance * rng.uniform(-1, 1, 2)
        counted, seconds = trace.samples.energy_j, trace.samples.t_ns / S
        assert counted is not None
        joules = counted * busy + rest_w * seconds * rest
        share = counted[-1] / (counted[-1] + rest_w * seconds[-1])
        accuracy = Accuracy(
            0.0,
            0.0,
            "made",
            tuple(
                Limit(f"shunt of {name}", tolerance * part, kind="shunt")
                for name, part in (("A", share), ("B", 1 - share))
            ),
        )
        about = replace(trace.meter, accuracy=accuracy)
        trace = replace(trace, meter=about, samples=replace(trace.samples, energy_j=joules))
        sides = ((0, start - S // 2), (end + S // 2, 6 * S))
        idle = [energy_between(trace, *each) for each in sides]
        found = net_energy(energy_between(trace, start, end), idle, accuracy)
        assert found is not None
        assert found.uncertainty_j is not None
        true = (BUSY_W - IDLE_W) * (end - start) / S
        inside += abs(found.energy_j - true) <= found.uncertainty_j
    assert 0.9 * FEW_SEEDS <= inside <= 0.99 * FEW_SEEDS


def test_sampling_knows_a_slow_power_from_one_that_changes_each_time() -> None:
    rng = np.random.default_rng(0)
    count, duration_s = 1000, 10.0
    noise = rng.normal(0, 1, count)
    by_chance = sampling_deviation_j(noise, duration_s)
    assert by_chance == pytest.approx(duration_s / np.sqrt(count), rel=0.1)
    assert sampling_deviation_j(np.linspace(0, 5, count), duration_s) < by_chance / 50
    # Steps that are far apart: each may lie anywhere between two samples.
    steps = np.repeat(rng.permutation(np.arange(20) % 2), 50).astype(float)
    changes = np.count_nonzero(np.diff(steps))
    wanted = duration_s / count * np.sqrt(changes / 12)
    assert sampling_deviation_j(steps, duration_s) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("count", [10, 16, 40])
def test_a_few_samples_of_a_load_that_switches_hold_its_mean(count: int) -> None:
    inside, rng = 0, np.random.default_rng(count)
    for _ in range(1000):
        share = rng.uniform(0.3, 0.7)
        power = 1.0 + (rng.uniform(0, 1, count) < share)
        inside += abs(power.mean() - 1 - share) <= 1.96 * sampling_deviation_j(power, 1.0)
    assert 900 <= inside <= 985


@pytest.mark.parametrize(
    ("jitter", "late_share"), [(0.4, 0.0), (0.4, 0.2), (0.05, 0.0)], ids=["jitter", "late", "even"]
)
def test_uneven_readings_of_a_converter_leave_open_what_their_times_say(
    jitter: float, late_share: float
) -> None:
    count, wrong, wanted = 400, [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        pauses = 1 + jitter * rng.triangular(-1, 0, 1, count)
        pauses += np.where(rng.uniform(size=count) < late_share, rng.uniform(0, 3, count), 0.0)
        times = np.cumsum(pauses)
        # Conversions as long as a reading's pause, or up to 10 % more or less.
        length = rng.uniform(0.9, 1.1)
        values = rng.normal(size=round(times[-1] / length) + 3)
        shown = values[(times / length).astype(int)]
        until = np.concatenate(([0.0], np.cumsum(values)))
        true = np.interp(times / length, np.arange(len(until)), until) * length
        energy = ((shown[1:] + shown[:-1]) / 2 * np.diff(times)).sum()
        wrong.append(energy - (true[-1] - true[0]))
        uneven = unevenness((times * S).astype(np.int64), 1.0)
        spacing = (times[-1] - times[0]) / (count - 1)
        wanted.append(np.sqrt(uneven + max(1 - 1 / spacing, 0)) * np.sqrt(count) * spacing)
    # The first and the last value, of which a part is in the energy, are about as much again.
    assert np.std(wrong) == pytest.approx(np.mean(wanted), rel=0.25)


def test_uneven_readings_of_values_that_go_to_and_fro_leave_more_open_than_noise() -> None:
    # As of a load that is a little slower or faster than the converter: 175 of 200 held.
    count, held = 400, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        times = np.cumsum(1 + 0.4 * rng.triangular(-1, 0, 1, count))
        turns = rng.uniform(0.4, 0.49) * np.arange(count + 60) + rng.uniform()
        values = np.cos(2 * np.pi * turns)
        shown = values[times.astype(int)]
        until = np.concatenate(([0.0], np.cumsum(values)))
        true = np.interp(times, np.arange(len(until)), until)
        energy = ((shown[1:] + shown[:-1]) / 2 * np.diff(times)).sum()
        uneven = unevenness((times * S).astype(np.int64), 1.0)
        limit = 2 * sampling_deviation_j(shown, times[-1] - times[0], 1.0, uneven)
        held += abs(energy - (true[-1] - true[0])) <= limit
    assert held >= 184


def test_a_converter_that_is_read_at_its_own_pace_leaves_little_open() -> None:
    noise = np.random.default_rng(0).normal(size=400)
    whole = sampling_deviation_j(noise, 1.0)
    seen = sampling_deviation_j(noise, 1.0, 1.0, unevenness(np.arange(400) * S, 1.0))
    assert seen < 0.4 * whole
    assert unevenness(np.arange(400) * S, 0.0) == 0


def test_a_fast_load_read_at_an_even_pace_leaves_little_open() -> None:
    phases = np.arange(1000) * 0.3819
    power = 1.0 + (phases % 1 < 0.4)
    rng = np.random.default_rng(0)
    by_chance = sampling_deviation_j(rng.permutation(power), 10.0)
    assert abs(power.mean() - 1.4) * 10.0 < sampling_deviation_j(power, 10.0) < by_chance / 3
