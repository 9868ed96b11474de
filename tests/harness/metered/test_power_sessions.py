"""Whole power sessions on the virtual bench: MLPerf Tiny's energy mode, and MLPerf power."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import UsageError
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.metered.metered_run import in_utc
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.mlperf.power.spl import read_spl
from edgebench.mlperf.tiny.energy import median_uj_per_inference, read_trials
from edgebench.power.traces.formats.npz import load_trace
from edgebench.results.summary.columns import flat
from edgebench.results.summary.row import summary_row
from edgebench.virtual.meters.kinds import kind_of
from edgebench.virtual.meters.waveform import Waveform

TRIAL_S = 0.4
DEADLINE_S = 60


def on_a_device(out: Path, power: str, **options: object) -> CompletedRuns:
    request = RunRequest(
        device=DeviceRequest("emulated:kws"),
        modes=("energy",),
        duration_s=TRIAL_S,
        warmup_s=0.05,
        power=power,
        idle_s=0.3,
        **options,  # type: ignore[arg-type]
    )
    began = time.monotonic()
    result = run_request(request, out)
    assert time.monotonic() - began < DEADLINE_S
    return result


def on_this_machine(model: Path, out: Path, power: str, seconds: float = 0.8) -> CompletedRuns:
    request = RunRequest(
        model=str(model),
        scenarios=("offline",),
        modes=("performance",),
        duration_s=seconds,
        warmup_s=0.05,
        power=power,
        idle_s=0.3,
    )
    began = time.monotonic()
    result = run_request(request, out)
    assert time.monotonic() - began < DEADLINE_S
    return result


@pytest.mark.timed
def test_mlperf_tiny_s_energy_mode(tmp_path: Path) -> None:
    seed = 6
    power = f"virtual:lpm01a,seed={seed},skew=100"
    (run,) = on_a_device(tmp_path, power, supply_v=3.0).runs
    tiny, energy = run.record.tiny_energy, run.record.energy
    assert tiny is not None
    assert energy is not None
    assert energy.problem == ""
    assert len(tiny.trials) == 5
    assert {trial.window_by for trial in tiny.trials} == {"marks"}
    assert not tiny.valid
    assert tiny.reason == "5 trials are shorter than 10 s"
    waveform = Waveform.of(seed, kind_of("lpm01a").scale_w)
    for number, trial in enumerate(tiny.trials, 1):
        assert trial.elapsed_s >= TRIAL_S
        true = waveform.energy_j(trial.start_ns, trial.end_ns)
        uncertainty = trial.uncertainty_uj * trial.inferences / 1e6
        # By whole milliseconds, as the official runner reckons: one at each end.
        millisecond = 2 * 1e-3 * kind_of("lpm01a").scale_w
        assert trial.energy_j == pytest.approx(true, abs=uncertainty + millisecond)
        trace = load_trace(run.path / f"tiny/energy/trial_{number}.npz")
        assert trace.samples.marks_ns is not None
        assert trial.start_ns in trace.samples.marks_ns
    folder = run.path / "tiny/energy"
    trials = read_trials(folder / "results.json")
    assert median_uj_per_inference(trials) == pytest.approx(tiny.uj_per_inference)
    assert [trial.inferences for trial in trials] == [each.inferences for each in tiny.trials]
    line = f"Median energy cost is {tiny.uj_per_inference:.4f} uJ/inf."
    assert line in (folder / "results.txt").read_text().splitlines()
    log = (folder / "log.txt").read_text()
    assert f"edgebench: {line}" in log
    assert json.loads((folder / "results.json").read_text())[0]["power"]["voltage"] == 3.0
    row = flat(summary_row(run))
    assert row["tiny_uj_per_inference"] == tiny.uj_per_inference
    assert row["energy_is_estimate"]


@pytest.mark.timed
def test_a_meter_that_sees_no_pin_has_the_host_s_windows_and_says_so(tmp_path: Path) -> None:
    two = tmp_path / "two.npz"
    whole = load_dataset("kws")
    inputs = [whole.sample(index)[0] for index in range(2)]
    np.savez(two, inputs=np.stack(inputs), labels=np.zeros(2, np.int64))
    (run,) = on_a_device(tmp_path, "virtual:hwmon,seed=2", dataset=str(two)).runs
    tiny = run.record.tiny_energy
    assert tiny is not None
    assert {trial.window_by for trial in tiny.trials} == {"host"}
    assert tiny.reason.startswith("2 inputs, not 5; 2 trials are shorter than 10 s; the meter saw")
    assert all(trial.elapsed_s == pytest.approx(TRIAL_S, rel=1.5) for trial in tiny.trials)


@pytest.mark.timed
def test_a_meter_that_is_lost_keeps_the_trials_before(tmp_path: Path) -> None:
    # Within the first trial; the check before is shorter.
    (run,) = on_a_device(tmp_path, "virtual:lpm01a,unplug=0.7").runs
    tiny, energy = run.record.tiny_energy, run.record.energy
    assert tiny is not None
    assert energy is not None
    assert not tiny.valid
    assert "trial 1: lpm01a: " in tiny.reason
    assert "is gone: was it unplugged?" in energy.problem
    assert "What was read of this trial is kept" in energy.problem
    assert len(load_trace(run.path / "tiny/energy/trial_1.npz").samples) > 400


@pytest.mark.timed
def test_mlperf_power_ranges_first_and_then_measures(dense_tflite: Path, tmp_path: Path) -> None:
    (run,) = on_this_machine(
        dense_tflite, tmp_path, "virtual:ptdaemon,seed=3,skew=100,period=0.05", 1.2
    ).runs
    energy = run.record.energy
    assert energy is not None
    assert energy.problem == ""
    assert energy.checker_unit == "W"
    assert energy.clock is not None
    (window,) = (each for each in energy.windows if each.name == "performance")
    true = Waveform.of(3, kind_of("ptdaemon").scale_w).energy_j(window.start_ns, window.end_ns)
    assert energy.energy_j == pytest.approx(true, abs=energy.uncertainty_j)
    assert energy.checker_figure == pytest.approx(energy.average_w, rel=0.05)
    session = json.loads((run.path / "power/session.json").read_text())
    assert session["format"] == "edgebench power session 2"
    phases = session["phases"]
    assert list(phases) == ["ranging", "testing"]
    ranging, testing = phases["ranging"], phases["testing"]
    assert testing["range_volts_v"] == ranging["largest_volts_v"] == 230
    assert testing["range_amps_a"] == pytest.approx(1.1 * ranging["largest_amps_a"])
    assert "version=1.11.1" in session["reported"]["identity"]
    for folder, mark in (("ranging", "ranging"), ("power", "testing")):
        text = (run.path / folder / "spl.txt").read_text()
        assert text.count(f"Mark,{run.record.session}_{mark}\n") == len(text.splitlines())
        read = read_spl(run.path / folder / "spl.txt")
        assert read[0].volts == 230
        assert {line.power_factor for line in read} == {0.98}
    for folder in ("ranging/loadgen", "performance"):
        assert (run.path / folder / "mlperf_log_detail.txt").is_file()
    assert run.record.performance is not None
    assert run.record.performance.valid


@pytest.mark.timed
def test_a_lost_ptdaemon_costs_the_energy_only(dense_tflite: Path, tmp_path: Path) -> None:
    # The check before lasts less, the ranging run more.
    power = "virtual:ptdaemon,period=0.1,unplug=2.5"
    (run,) = on_this_machine(dense_tflite, tmp_path, power).runs
    assert run.record.performance is not None
    assert run.record.performance.valid
    assert run.record.energy is not None
    assert "ptdaemon: 127.0.0.1:" in run.record.energy.problem
    assert run.record.energy.energy_j is None
    kept = load_trace(run.path / "ranging/samples.npz").samples
    assert 10 <= len(kept) <= 30


@pytest.mark.timed
def test_lost_samples_and_overflows_are_said_with_the_energy(
    dense_tflite: Path, tmp_path: Path
) -> None:
    power = "virtual:lpm01a,loss=0.01,overflow=1,seed=4"
    (run,) = on_this_machine(dense_tflite, tmp_path, power).runs
    energy = run.record.energy
    assert energy is not None
    assert energy.lost_samples > 0
    assert energy.problem == "its buffer has overflowed: a lower rate="
    assert energy.energy_j is not None
    assert energy.reading_cpu_share is not None
    assert 0 < energy.reading_cpu_share < 1
    times = load_trace(run.path / "power/samples.npz").samples.t_ns
    assert np.all(np.diff(times) > 0)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"])
@pytest.mark.parametrize("is_utc", [True, False])
def test_loadgen_s_window_is_found_in_any_zone_however_long_it_was(
    zone: str, is_utc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        end = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=3)
        begin = end - timedelta(hours=7)
        shift = datetime.now().astimezone().utcoffset() or timedelta()
        written = (begin, end) if is_utc else (begin + shift, end + shift)
        offset_ns = time.time_ns() - time.perf_counter_ns()
        assert in_utc(*written, offset_ns) == (begin, end)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_does_not_go_together() -> None:
    with pytest.raises(UsageError, match="`modes=energy` is MLPerf Tiny's, for a serial device"):
        RunRequest(modes=("energy",), power="hwmon")
    with pytest.raises(UsageError, match="`modes=energy` needs a meter"):
        RunRequest(modes=("energy",), device=DeviceRequest("emulated:kws"))
    with pytest.raises(UsageError, match="`supply_v` is for a meter: name one with `power`"):
        RunRequest(supply_v=3.3)
    for wrong in ({"modes": ("performance",)}, {"scenarios": ("offline",)}):
        with pytest.raises(UsageError, match="a device's energy is MLPerf Tiny's mode"):
            RunRequest(device=DeviceRequest("emulated:kws"), power="hwmon", **wrong)  # type: ignore[arg-type]
    asked = RunRequest(device=DeviceRequest("emulated:kws"), power="hwmon")
    assert asked.modes == ("performance", "accuracy", "energy")
