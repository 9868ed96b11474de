"""Runs on serial devices: the emulated one through LoadGen, MLPerf Tiny and its own clock."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import (
    AnswerDamaged,
    DeviceMismatch,
    UsageError,
)
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.devices.reference.check import check_outputs
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.mlperf.loadgen.detail import read_detail
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.models.resolve import resolve_model
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.schema import run_schema
from edgebench.runtime_settings import RuntimeSettings
from tests.conftest import FEW
from tests.device.scripted import ScriptedDevice
from tests.harness.devices.on_device import on_device
from tests.models.made_models import dense_model
from tests.sut.opened import sut_factory


@pytest.fixture(scope="module")
def run(few: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    (found,) = run_request(on_device(dataset=few), tmp_path_factory.mktemp("runs")).runs
    return found


def test_all_three_ways_of_timing_are_there(run: Run) -> None:
    record = run.record
    assert record.performance is not None
    assert record.performance.valid
    device = record.performance.device_timed
    assert device is not None
    # The line costs time; the device's own clock does not see it.
    assert record.performance.latency_ns["p50"] > device.latency_ns["p50"] > 0
    assert record.performance.overhead.kind.startswith("link cost")
    assert record.tiny is not None
    assert len(record.tiny.windows) == 5
    assert all(window.device_us > 200_000 for window in record.tiny.windows)
    assert not record.tiny.valid
    assert "shorter than 10 s" in record.tiny.reason
    assert record.tiny.clock_ratio == pytest.approx(1, abs=0.2)
    jsonschema.validate(json.loads((run.path / "run.json").read_text()), run_schema())
    assert read_run(run.path).record == record


def test_loadgen_wrote_the_hosts_log_and_not_the_devices(run: Run) -> None:
    log = read_detail(run.path / "performance" / "mlperf_log_detail.txt")
    assert "generator" not in log.values
    own = read_detail(run.path / "device_timed" / "mlperf_log_detail.txt")
    assert "device's own clock" in own.values["generator"]
    assert own.values["result_5000_percentile_latency_ns"] > 0
    assert "Device-timed" in (run.path / "device_timed" / "mlperf_log_summary.txt").read_text()


def test_outputs_and_accuracy_are_the_references(run: Run, few: str, tmp_path: Path) -> None:
    record = run.record
    assert record.reference is not None
    assert record.reference.verdict == "agrees"
    assert record.reference.samples == record.reference.equal == FEW
    (here,) = run_request(
        RunRequest(
            scenarios=("offline",),
            modes=("accuracy",),
            dataset=few,
            settings=RuntimeSettings(resolver="reference"),
            warmup_s=0.05,
        ),
        tmp_path,
    ).runs
    assert record.accuracy is not None
    assert here.record.accuracy is not None
    assert record.accuracy.value == here.record.accuracy.value


def test_tiny_files_are_what_its_checker_looks_for(run: Run) -> None:
    performance = (run.path / "tiny/performance/results.txt").read_text()
    # The v1.4 checker's patterns (mlcommons/tiny, tools/submission).
    throughput = re.compile(r".* Median throughput is +(\d+\.\d+) inf\./sec\.")
    found = [match for line in performance.splitlines() if (match := throughput.match(line))]
    assert run.record.tiny is not None
    assert float(found[0][1]) == pytest.approx(run.record.tiny.inferences_per_second, abs=1e-3)
    accuracy = (run.path / "tiny/accuracy/results.txt").read_text()
    (line,) = accuracy.splitlines()
    match = re.match(r".* Top 1% = (\d+\.\d+)", line)
    assert match is not None
    assert run.record.accuracy is not None
    assert float(match[1]) == pytest.approx(run.record.accuracy.value, abs=0.05)
    entries = json.loads((run.path / "tiny/performance/results.json").read_text())
    assert len(entries) == 5
    for entry in entries:
        infer = entry["infer"]
        assert infer["end_time"] - infer["start_time"] == infer["elapsed_time"]
        assert infer["throughput"] == pytest.approx(
            infer["iterations"] * 1e6 / infer["elapsed_time"]
        )
        assert len(infer["results"]) == 12
    assert len(json.loads((run.path / "tiny/accuracy/results.json").read_text())) == FEW
    log = (run.path / "tiny/accuracy/log.txt").read_text()
    assert log.count("m-results") == FEW


def test_the_transcript_is_in_the_run_directory(run: Run) -> None:
    text = (run.path / "transcript.txt").read_text()
    assert " > name%" in text
    assert "m-name-dut-[edgebench-host]" in text.replace("\n", "")


def test_official_windows_are_as_long_as_the_rules_ask(few: str, tmp_path: Path) -> None:
    """Without --duration; one input of a dataset of one, to be quick."""
    with np.load(few) as data:
        np.savez(tmp_path / "one.npz", inputs=data["inputs"][:1], labels=data["labels"][:1])
    request = on_device(dataset=str(tmp_path / "one.npz"), modes=("performance",), duration_s=None)
    (found,) = run_request(request, tmp_path / "runs").runs
    tiny = found.record.tiny
    assert tiny is not None
    (window,) = tiny.windows
    assert window.device_us >= 10_000_000
    assert window.inferences >= 10
    assert tiny.reason == "1 inputs, not 5"


@pytest.mark.parametrize(
    ("scenario", "extensions"), [("offline", True), ("offline", False), ("multistream", True)]
)
def test_other_scenarios_run_over_the_line(
    tmp_path: Path, scenario: ScenarioName, extensions: bool
) -> None:
    # 662 queries of eight: a model that takes no time.
    path = tmp_path / "small.tflite"
    path.write_bytes(dense_model((24, 8), "int8").to_bytes())
    request = on_device(
        f"emulated:{path}", scenarios=(scenario,), modes=("performance",), extensions=extensions
    )
    (found,) = run_request(request, tmp_path / "runs").runs
    assert found.record.performance is not None
    assert found.record.performance.valid
    assert found.record.performance.device_timed is not None
    assert found.record.tiny is None


def test_a_bad_line_is_in_the_events_and_not_in_the_answers(few: str, tmp_path: Path) -> None:
    request = on_device(dataset=few, modes=("accuracy",), inject=("drop=0.0005", "reboot=9000"))
    (found,) = run_request(request, tmp_path).runs
    assert found.record.reference is not None
    assert found.record.reference.verdict == "agrees"
    assert any("tried again" in event["what"] for event in found.record.events)


def test_wrong_outputs_are_said_in_every_table(few: str) -> None:
    model, data = resolve_model("kws-ds-cnn"), load_dataset(few)
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        wrong = {index: bytes([index] * 12) for index in range(FEW)}
        record = check_outputs(model, data, sut, wrong)
        assert record is not None
        assert record.verdict == "wrong"
        sut.load({index: data.sample(index) for index in range(FEW)})
        fast = {i: sut.infer([i]).outputs[0].tobytes() for i in range(FEW)}
        record = check_outputs(model, data, sut, fast)
        assert record is not None
        assert record.verdict in ("agrees", "differs")
        assert check_outputs(model, data, sut, {0: b"\0\0\0\0"}) is None


def test_a_device_that_is_given_another_model_is_refused(few: str, tmp_path: Path) -> None:
    with ScriptedDevice() as device:
        with pytest.raises(DeviceMismatch, match="the device runs kws01: `edgebench pull"):
            run_request(on_device(device.port), tmp_path)
        with pytest.raises(DeviceMismatch, match="gives 2 results, kws-ds-cnn:int8 has 12"):
            run_request(on_device(device.port, model="kws-ds-cnn", verify="never"), tmp_path)
    with (
        ScriptedDevice(profile=b"m-profile-[x]\r\nm-model-[mine]\r\nm-ready\r\n") as device,
        pytest.raises(DeviceMismatch, match="'mine', which is not known here: name its"),
    ):
        run_request(on_device(device.port), tmp_path)
    profile = b"m-model-[kws-ds-cnn]\r\nm-edgebench-[1 model=00000000 input=490]\r\nm-ready\r\n"
    with (
        ScriptedDevice(profile=profile) as device,
        pytest.raises(DeviceMismatch, match=r"another kws-ds-cnn: its \.tflite's SHA-256 begins"),
    ):
        run_request(on_device(device.port), tmp_path)
    other_input = profile.replace(b"model=00000000 input=490", b"input=12")
    with (
        ScriptedDevice(profile=other_input) as other,
        pytest.raises(DeviceMismatch, match="takes 12 bytes of input, kws-ds-cnn:int8 takes 490"),
    ):
        run_request(on_device(other.port), tmp_path)
    assert not list(tmp_path.glob("*/run.json"))


def test_what_has_no_meaning_for_a_device_is_refused() -> None:
    for options, says in (
        ({"scenarios": ("server",)}, "not server"),
        ({"threads": 2}, "`threads` is for this machine"),
        ({"delegate": "x.so"}, "`delegate` is for this machine"),
        ({"baud": 7}, "`baud` must be a rate"),
        ({"inject": ("gremlins=1",)}, "no fault is called"),
        ({"verify": "maybe"}, "`verify`: unknown value 'maybe'; choose from auto, never"),
    ):
        with pytest.raises(UsageError, match=says):
            on_device(**options)
    with pytest.raises(UsageError, match="emulated:MODEL"):
        on_device("/dev/ttyACM0", inject=("drop=0.1",))


def small_model(folder: Path) -> str:
    path = folder / "small.tflite"
    path.write_bytes(dense_model((24, 8), "int8").to_bytes())
    return str(path)


def test_outputs_are_checked_without_accuracy_and_windows_too(tmp_path: Path) -> None:
    request = on_device(
        f"emulated:{small_model(tmp_path)}", scenarios=("offline",), modes=("performance",)
    )
    (found,) = run_request(request, tmp_path / "runs").runs
    assert found.record.reference is not None
    assert (found.record.reference.verdict, found.record.reference.samples) == ("agrees", 5)


def test_a_timer_that_hardly_moves_asks_for_no_hours(tmp_path: Path) -> None:
    request = on_device(
        f"emulated:{small_model(tmp_path)}", modes=("performance",), inject=("clock=1",)
    )
    (found,) = run_request(request, tmp_path / "runs").runs
    tiny = found.record.tiny
    assert tiny is not None
    assert not tiny.valid
    assert tiny.clock_ratio < 0.05
    assert any("are its microseconds" in warning for warning in found.record.warnings)


@pytest.mark.parametrize(
    ("printed", "kind", "says"),
    [
        (b"nan," * 11 + b"0.1", AnswerDamaged, "not all numbers"),
        (b"0.5", DeviceMismatch, "gives 1 results, kws-ds-cnn:int8 has 12"),
    ],
)
def test_results_that_are_no_outputs(
    few: str, tmp_path: Path, printed: bytes, kind: type[Exception], says: str
) -> None:
    infer = (
        b"m-infer-start-1\r\nm-lap-us-0\r\nm-lap-us-9\r\nm-infer-done\r\nm-results-["
        + printed
        + b"]\r\nm-ready\r\n"
    )
    with (
        ScriptedDevice(profile=b"m-model-[kws-ds-cnn]\r\nm-ready\r\n", infer=infer) as device,
        pytest.raises(kind, match=says),
    ):
        run_request(on_device(device.port, dataset=few, verify="never", retries=0), tmp_path)


def test_behind_a_network_nothing_is_timed_here_unless_asked_for() -> None:
    port = "socket://localhost:1"
    for options in ({"scenarios": ("offline",)}, {"modes": ("compliance",)}):
        with pytest.raises(UsageError, match=r"over a network .* `host_timed=True`"):
            RunRequest(device=DeviceRequest(port), **options)  # type: ignore[arg-type]
        RunRequest(device=DeviceRequest(port, host_timed=True), **options)  # type: ignore[arg-type]
    RunRequest(device=DeviceRequest(port))
    RunRequest(device=DeviceRequest(port), scenarios=("offline",), modes=("accuracy",))
