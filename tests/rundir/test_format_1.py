"""Run directories of format 1, which edgebench 0.1 wrote, are still read.

``format_1.tar.xz`` has runs that edgebench 0.1.0 (commit c4cd745) made, as it left them; of
``clicks`` the accuracy log is left out for its size::

    edgebench run kws-ds-cnn --dataset few.npz --scenario singlestream --mode performance \
        --mode accuracy --mode compliance --duration 0.1 --warmup 0.05 \
        --power virtual:ppk2 --idle 0.3 --out host
    edgebench profile kws-ds-cnn --into host/...
    edgebench run --device emulated:kws-ds-cnn --dataset few.npz --scenario singlestream \
        --mode performance --mode accuracy --mode energy --duration 0.1 --warmup 0.05 \
        --power virtual:joulescope --idle 0.3 --out device
    edgebench run kws-ds-cnn:float32 --dataset few.npz --scenario offline --mode performance \
        --duration 0.1 --warmup 0.05 --threads 2 --instances 2 --batch 4 --out instances
    edgebench run rm1-edge --scenario offline --mode accuracy --duration 0.1 --out clicks
    edgebench run kws-ds-cnn ... --duration 20 --out partial    # interrupted by Ctrl-C

few.npz has the first 12 samples of the dataset kws.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edgebench import api
from edgebench.errors import RunDirectoryInvalid
from edgebench.harness.run.interrupted import as_begun
from edgebench.harness.run.session import CompletedRuns
from edgebench.rundir.contents.timeline import read_timeline
from edgebench.rundir.format_1 import MARK, found_under_old_name, is_format_1, upgraded
from edgebench.rundir.layout import TIMELINE
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.schema import run_schema
from edgebench.rundir.search import find_all_runs
from edgebench.rundir.writer import RunDirectory
from edgebench.runtime_settings import RuntimeSettings

NAMES = ("host", "device", "instances", "clicks", "partial")


def path_of(old_runs: Path, name: str) -> Path:
    (path,) = find_all_runs(old_runs / name)
    return path


def values_of(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((path / "run.json").read_text())
    return values


@pytest.fixture
def host(old_runs: Path) -> Run:
    return read_run(path_of(old_runs, "host"))


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_format_1_is_read_and_written_as_format_2(old_runs: Path, name: str) -> None:
    path = path_of(old_runs, name)
    assert is_format_1(values_of(path))
    record = read_run(path).record
    written = record.to_dict()
    assert written["format"] == 2
    assert "version" not in written
    written = json.loads(json.dumps(written, allow_nan=False))
    jsonschema.validate(written, run_schema())


def test_every_figure_of_a_host_run_is_kept(host: Run) -> None:
    values, record = values_of(host.path), host.record
    assert record.performance is not None
    assert record.performance.latency_ns == values["performance"]["latency_ns"]
    assert record.accuracy is not None
    assert record.accuracy.value == values["accuracy"]["value"]
    assert record.energy is not None
    assert record.energy.per_inference_j == values["energy"]["per_inference_j"]
    assert record.energy.meter.name == "virtual:ppk2"
    assert record.energy.is_played
    assert [audit.name for audit in record.compliance] == ["TEST01", "TEST04", "TEST05"]
    assert host.system is not None
    assert host.system.host.cores == 2
    assert not host.is_partial


def test_settings_are_gathered(old_runs: Path) -> None:
    record = read_run(path_of(old_runs, "instances")).record
    ran = record.sut.settings
    assert ran == RuntimeSettings("litert", 2, 2, "processes", 4)
    assert record.request.settings == RuntimeSettings(threads=2, instances=2, batch=4)
    # A serial device had a resolver of its own, which is no runtime's.
    device = read_run(path_of(old_runs, "device")).record.sut
    assert device.settings == RuntimeSettings(instance_kind="threads")


NEWER_OF_DEVICE = {"input_format": "auto", "timeout_s": None, "benchmark": None, "interface": None}
NEWER_OF_DEVICE |= {"engine": "edgebench"}
NEWER_OF_SETTINGS = {"provider": None, "inter_threads": 1, "allow_fallback": False}


def test_what_was_asked_of_format_1_is_a_request(old_runs: Path) -> None:
    for name in NAMES:
        run = read_run(path_of(old_runs, name))
        asked = upgraded(values_of(run.path))["request"]
        found = json.loads(json.dumps(as_begun(run).to_json()))
        newer = {"meter_accuracy": None, "shape": {}, "signature": None}
        newer |= {"stream": None, "until": None}
        newer["pace"] = "real-time" if asked["device"] is None else "accelerated"
        assert found.keys() - asked.keys() == newer.keys()
        expected = {**asked, **newer}
        expected["settings"] = {**asked["settings"], **NEWER_OF_SETTINGS}
        assert found["settings"].keys() - asked["settings"].keys() == NEWER_OF_SETTINGS.keys()
        if asked["device"] is not None:
            expected["device"] = {**asked["device"], **NEWER_OF_DEVICE}
            assert found["device"].keys() - asked["device"].keys() == NEWER_OF_DEVICE.keys()
        assert found == expected


def test_a_device_keeps_its_windows_and_trials(old_runs: Path) -> None:
    record = read_run(path_of(old_runs, "device")).record
    assert record.device is not None
    assert record.device.port == "emulated:kws-ds-cnn"
    assert record.tiny is not None
    assert len(record.tiny.windows) == 5
    assert record.tiny_energy is not None
    assert len(record.tiny_energy.trials) == 5
    assert record.reference is not None
    assert record.reference.verdict == "agrees"


def test_a_metric_next_to_another_is_a_secondary_metric(old_runs: Path) -> None:
    path = path_of(old_runs, "clicks")
    (was,) = values_of(path)["accuracy"]["beside"]
    accuracy = read_run(path).record.accuracy
    assert accuracy is not None
    (loss,) = accuracy.secondary
    assert (loss.metric, loss.value, loss.best) == ("log-loss", was["value"], was["best"])


def test_steps_of_the_search_for_the_peak_are_kept() -> None:
    step = {"target_qps": 1.0, "met": True, "p99_ns": 1, "folder": "peak/01"}
    assert upgraded({**MARK, "find_peak": [step]}) == {"peak_search": [step]}


def test_the_machines_states_are_found_under_their_old_name(host: Run, tmp_path: Path) -> None:
    assert (host.path / "along.json").is_file()
    timeline = read_timeline(host.path)
    assert timeline is not None
    assert timeline.t_ns == json.loads((host.path / "along.json").read_text())["t_ns"]
    assert found_under_old_name(tmp_path, TIMELINE) == tmp_path / TIMELINE


def test_a_resumed_run_goes_on_with_the_old_states(host: Run, tmp_path: Path) -> None:
    values = json.loads((host.path / "along.json").read_text())
    (tmp_path / "along.json").write_text(json.dumps(values))
    RunDirectory(tmp_path, host.record).save_timeline(values)
    assert not (tmp_path / "along.json").exists()
    timeline = read_timeline(tmp_path)
    assert timeline is not None
    assert timeline.t_ns == values["t_ns"] * 2


def test_old_runs_stand_in_a_summary_and_a_report(old_runs: Path, tmp_path: Path) -> None:
    summary = api.summarize([old_runs])
    assert len(summary.rows) == len(NAMES)
    assert not summary.errors
    page = api.report([old_runs], out=tmp_path / "page.html").read_text()
    assert "could not be" not in page
    for title in ("How long it takes", "Along the test", "Power", "Where the time goes"):
        assert title in page


def test_old_runs_are_compared_with_new_ones(
    old_runs: Path, finished: CompletedRuns, tmp_path: Path
) -> None:
    compared = api.compare([old_runs / "instances", *(run.path for run in finished.runs)])
    assert {row.source for row in compared.results} == {"edgebench run"}
    assert len(compared.results) == 3


def test_an_interrupted_run_of_another_edgebench_is_read_as_partial(old_runs: Path) -> None:
    run = read_run(path_of(old_runs, "partial"))
    assert run.is_partial
    assert run.system is None


def test_a_damaged_run_of_format_1_names_the_key(host: Run, tmp_path: Path) -> None:
    values = values_of(host.path)
    values["performance"]["latency_ns"]["p50"] = "fast"
    (tmp_path / "run.json").write_text(json.dumps(values))
    says = re.escape("damaged: `performance.latency_ns.p50` must be an integer, not 'fast'")
    with pytest.raises(RunDirectoryInvalid, match=says):
        read_run(tmp_path)
    for broken in ({"accuracy": 3}, {"accuracy": None}, {"sut": []}, {"find_peak": 1}):
        (tmp_path / "run.json").write_text(json.dumps({**values, **broken}))
        with pytest.raises(RunDirectoryInvalid, match=r"run\.json: damaged"):
            read_run(tmp_path)
