"""Devices with firmware of one of MLPerf Tiny's benchmarks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import (
    DeviceMismatch,
    UsageError,
)
from edgebench.firmware.building.host import build_host
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest, request_from_json
from edgebench.harness.run.session import run_request
from edgebench.models.resolve import resolve_model
from edgebench.results.sources.from_tiny import tiny_result_row
from edgebench.results.submit.rerun import rerun_call
from edgebench.results.submit.tiny_rules import benchmark_of
from edgebench.virtual.emulated_device import EmulatedPort
from tests.harness.devices.on_device import FAST, on_device


@pytest.mark.tflite_runtime
def test_mlperf_tinys_own_model_is_known_from_its_name(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The official keyword model on its 200 real samples: every output is the reference's."""
    official = tiny / "models" / "kws_ref_model.tflite"
    (tmp_path / "kws01.tflite").write_bytes(official.read_bytes())
    program = build_host(resolve_model(str(tmp_path / "kws01.tflite")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with (
        EmulatedPort(program, FAST) as port,
        pytest.raises(DeviceMismatch, match="edgebench pull mlperf-tiny/kws"),
    ):
        run_request(on_device(port.port), tmp_path)
    package = tmp_path / "cache" / "edgebench" / "pull" / "mlperf-tiny" / "kws"
    package.mkdir(parents=True)
    for name in ("kws_ref_model.tflite", "kws_ref_model_dynamic_range.tflite"):
        (package / name).symlink_to(tiny / "models" / name)
    (package / "kws01").symlink_to(tiny / "kws01")
    with EmulatedPort(program, FAST) as port:
        request = on_device(port.port, modes=("accuracy",))
        (found,) = run_request(request, tmp_path / "runs").runs
    assert found.record.reference is not None
    assert found.record.reference.equal == found.record.reference.samples == 200
    assert found.record.accuracy is not None
    assert found.record.accuracy.value > 85
    # The files of the official set keep their names, by which submissions are scored.
    named = {line.split(",")[0] for line in (tiny / "kws01" / "y_labels.csv").read_text().split()}
    logged = json.loads((found.path / "tiny/accuracy/results.json").read_text())
    assert {entry["file"] for entry in logged} == named
    assert tiny_result_row(found.path / "tiny").notes == ()


@pytest.mark.parametrize("asked", ["package", "short name", "benchmark"])
def test_firmware_is_built_for_a_benchmark(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pulled model's firmware takes what the benchmark sends, and has the benchmark's name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "edgebench" / "pull" / "mlperf-tiny" / "ic2"
    folder.mkdir(parents=True)
    path = folder / "large.tflite"
    path.write_bytes(resolve_model("digits-resnet8").content)
    data = folder / "ic01"
    data.mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (6, 3072), np.uint8)
    for number, row in enumerate(pixels):
        (data / f"{number}.bin").write_bytes(row.tobytes())
    (data / "y_labels.csv").write_text("".join(f"{n}.bin,10,{n}\n" for n in range(6)))
    device = {
        "package": DeviceRequest("emulated:mlperf-tiny/ic2", FAST),
        "short name": DeviceRequest("emulated:ic2", FAST),
        "benchmark": DeviceRequest(f"emulated:{path}", FAST, benchmark="ic02"),
    }[asked]
    request = RunRequest(
        device=device,
        modes=("accuracy",),
        warmup_s=0.0,
        dataset=f"mlperf-tiny-ic01@{data}" if asked == "benchmark" else None,
    )
    (found,) = run_request(request, tmp_path / "runs").runs
    assert found.record.device is not None
    assert found.record.device.model == "ic02"
    assert "wire=uint8" in found.record.device.extensions
    assert found.record.dataset.name == "mlperf-tiny-ic01"
    assert found.record.reference is not None
    assert found.record.reference.other_answers == 0
    assert benchmark_of(found) == "ic2"
    again = rerun_call(found)
    assert str(device.place) in again
    assert ("benchmark='ic02'" in again) == (asked == "benchmark")
    assert request_from_json(found.record.request.to_dict()) == request


def test_a_benchmark_is_for_firmware_that_is_built_here() -> None:
    with pytest.raises(UsageError, match="`benchmark` is for firmware that is built here"):
        DeviceRequest("/dev/ttyACM0", benchmark="ic02")
    with pytest.raises(UsageError, match="`benchmark`: unknown value 'ic03'"):
        DeviceRequest("emulated:kws", benchmark="ic03")  # type: ignore[arg-type]
    DeviceRequest("board:mps2-an386", benchmark="ic02")
