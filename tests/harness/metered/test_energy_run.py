"""Runs with a meter."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from edgebench.errors import MeterNotFound, UsageError
from edgebench.harness.metered.energy_record import meter_record
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.mlperf.power.spl import read_spl
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.description import Accuracy, Limit, MeasuredAt, MeterDescription
from edgebench.power.traces.formats.npz import load_trace
from edgebench.results.formatting import uncertainty
from edgebench.results.summary.columns import flat
from edgebench.results.summary.row import summary_row
from edgebench.rundir.records.energy import MeterAccuracyRecord, MeterLimit, MeterRecord
from edgebench.text.typed_json import unstructure
from tests.power.meters.test_meters import jetson


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    return jetson(tmp_path)


def request(power: str, dense: Path) -> RunRequest:
    return RunRequest(
        model=str(dense),
        scenarios=("singlestream",),
        modes=("performance",),
        duration_s=0.5,
        warmup_s=0.05,
        power=power,
        idle_s=0.5,
    )


@pytest.mark.timed
def test_energy_stands_next_to_speed(board: Path, dense_tflite: Path, tmp_path: Path) -> None:
    (run,) = run_request(request("hwmon", dense_tflite), tmp_path / "runs").runs
    energy, performance = run.record.energy, run.record.performance
    assert energy is not None
    assert performance is not None
    assert energy.problem == ""
    assert energy.average_w == pytest.approx(4.5)
    assert energy.idle_w == pytest.approx(4.5)
    assert energy.window_s == pytest.approx(performance.duration_s, abs=0.05)
    assert energy.energy_j == pytest.approx(4.5 * energy.window_s)
    assert energy.inferences == performance.sample_count
    assert energy.per_inference_j == pytest.approx(energy.energy_j / performance.sample_count)
    assert energy.uncertainty_j is not None
    assert 0 < energy.uncertainty_j < 0.03 * energy.energy_j
    assert energy.checker_unit == "mJ/query"
    assert energy.checker_figure == pytest.approx(energy.per_inference_j * 1e3, rel=0.01)
    assert [window.name for window in energy.windows] == ["performance", "idle", "idle"]
    trace = load_trace(run.path / "power/samples.npz")
    lines = read_spl(run.path / "power/spl.txt")
    assert len(trace.samples) == len(lines)
    row = flat(summary_row(run))
    assert row["meter"] == "hwmon"
    assert row["inferences_per_j"] == pytest.approx(1 / energy.per_inference_j)


@pytest.mark.timed
def test_an_accuracy_that_is_not_stated_is_said_in_place_of_an_uncertainty(
    dense_tflite: Path, tmp_path: Path
) -> None:
    asked = request("command:sh -c 'while echo 2; do sleep 0.01; done'", dense_tflite)
    (run,) = run_request(asked, tmp_path / "unknown").runs
    energy = run.record.energy
    assert energy is not None
    assert energy.energy_j is not None
    assert energy.uncertainty_j is None
    assert energy.uncertainty_share is None
    assert uncertainty(energy.uncertainty_share) == "accuracy not stated"
    known = replace(asked, meter_accuracy=0.005)
    (run,) = run_request(known, tmp_path / "known").runs
    assert run.record.energy is not None
    assert run.record.energy.uncertainty_j is not None
    # 95 of 100 values of a limit of 0.5 %, and half a millisecond at each edge of half a second.
    share = run.record.energy.uncertainty_share
    assert share is not None
    assert 0.95 * 0.005 < share < 0.0055
    assert run.record.energy.coverage_factor is not None
    assert run.record.energy.coverage_factor < 1.96
    assert run.record.energy.repeat_uncertainty_j is not None
    assert run.record.energy.repeat_uncertainty_j < 0.5 * run.record.energy.uncertainty_j
    assert run.record.energy.net_uncertainty_j is not None
    assert run.record.energy.meter.accuracy == MeterAccuracyRecord(0.005, 0.0, "stated by the user")


@pytest.mark.timed
def test_a_meter_that_is_lost_costs_the_energy_and_nothing_else(
    dense_tflite: Path, tmp_path: Path
) -> None:
    power = "command:sh -c 'echo 2; sleep 0.3; echo 2; exit 1'"
    (run,) = run_request(request(power, dense_tflite), tmp_path / "runs").runs
    assert run.record.performance is not None
    assert run.record.performance.valid
    assert run.record.energy is not None
    assert "sh ended by itself, exit code 1" in run.record.energy.problem
    assert run.record.energy.energy_j is None
    assert len(load_trace(run.path / "power/samples.npz").samples) == 2


def test_a_meter_that_reads_nothing_costs_the_energy_only(
    board: Path, dense_tflite: Path, tmp_path: Path
) -> None:
    (board / "curr1_input").write_text("0\n")
    (run,) = run_request(request("hwmon", dense_tflite), tmp_path / "runs").runs
    assert run.record.performance is not None
    assert run.record.energy is not None
    assert "no reading above 0 W" in run.record.energy.problem


def test_a_meter_that_is_not_here_is_said_before_anything_is_measured(
    dense_tflite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    with pytest.raises(MeterNotFound, match="the kernel has no power sensor: an INA on a Pi needs"):
        run_request(request("hwmon", dense_tflite), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    with pytest.raises(UsageError, match="the search for the peak measures no energy"):
        RunRequest(scenarios=("server",), find_peak=True, power="hwmon")


def test_the_record_of_a_meter_has_all_of_its_description() -> None:
    for kind, record in (
        (MeterDescription, MeterRecord),
        (Accuracy, MeterAccuracyRecord),
        (Limit, MeterLimit),
    ):
        assert [each.name for each in fields(record)] == [each.name for each in fields(kind)]
    limit = Limit("shunt of VDD_IN", 0.01, 0.002, "shunt")
    whole = MeterDescription(
        "kettle",
        "INA3221",
        ("VDD_IN",),
        0.01,
        counts_energy=False,
        accuracy=Accuracy(0.02, 0.001, "data sheet", (limit,)),
        clock="meter",
        shunts_ohm={"VDD_IN": 0.005},
        cautions=("the lid was open",),
        measured_at=MeasuredAt.INLET,
    )
    assert meter_record(whole).to_dict() == unstructure(whole)
