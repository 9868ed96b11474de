"""Generated C gives the reference kernels' bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import BuildFailed, ModelNotSupported, ToolchainMissing
from edgebench.firmware.building import host as build
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.fixed_point import Multiplier, activation_range, multiplier_of
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.conftest import SHARED
from tests.firmware.compiled import by_reference, compiled
from tests.models.made_models import dense_model

ZOO = (
    "kws-ds-cnn",
    "kws-ds-cnn-w50-qat",
    "digits-resnet8",
    "digits-resnet8-w50-p25-qat",
    "machine-autoencoder",
    "machine-autoencoder-w50",
    "scene-mobilenet",
    "scene-mobilenet-w75",
)
RANGES = ((-128, 128), (-30, 30), (100, 128), (-128, -100))


def assert_same(model: Model, folder: Path, count: int) -> None:
    ours, reference = compiled(model, folder), by_reference(model)
    rng = np.random.default_rng(1)
    size = model.facts.inputs[0].elements
    for number in range(count):
        low, high = RANGES[number % len(RANGES)]
        values = rng.integers(low, high, size).astype(np.int8)
        np.testing.assert_array_equal(ours(values), reference(values))


@pytest.mark.tflite_runtime
@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_is_bit_exact(name: str, tmp_path: Path) -> None:
    assert_same(resolve_model(name), tmp_path, 8 if "scene" in name else 24)


@pytest.mark.tflite_runtime
@pytest.mark.parametrize("file", ["kws_ref_model.tflite", "pretrainedResnet_quant.tflite"])
def test_the_official_models_are_bit_exact(file: str, tmp_path: Path) -> None:
    path = SHARED / "mlperf_tiny" / "models" / file
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    assert_same(resolve_model(str(path)), tmp_path, 12)


def test_multipliers_are_tflites() -> None:
    assert multiplier_of(0.5) == Multiplier(1 << 30, 0)
    assert multiplier_of(1.0) == Multiplier(1 << 30, 1)
    assert multiplier_of(1 - 2**-40) == Multiplier(1 << 30, 1)  # rounds up to the next power
    assert multiplier_of(2**-40) == Multiplier(0, 0)
    assert multiplier_of(0.0) == Multiplier(0, 0)
    assert activation_range("RELU6", 0.05, -128) == (-128, -8)
    assert activation_range("RELU", 0.1, 10) == (10, 127)


def test_what_the_firmware_lacks_is_named_with_its_layer(tmp_path: Path) -> None:
    with pytest.raises(ModelNotSupported, match="computes in float32, the firmware in int8"):
        emit(resolve_model("kws-ds-cnn:float32"))
    model = NewModel(
        [NewTensor(name, (1, 4), "int8", Quantization((0.1,), (0,))) for name in "ab"],
        [NewOp("CEIL", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    (tmp_path / "clip.tflite").write_bytes(model.to_bytes())
    with pytest.raises(ModelNotSupported, match="op 0, CEIL: no such kernel; there are CONV_2D"):
        emit(resolve_model(str(tmp_path / "clip.tflite")))


def test_all_that_the_firmware_lacks_is_named_at_once(tmp_path: Path) -> None:
    scale = Quantization((0.1,), (0,))
    model = NewModel(
        [NewTensor(name, (1, 4), "int8", scale) for name in "abcd"],
        [
            NewOp("CEIL", ("a",), ("b",)),
            NewOp("CUMSUM", ("b",), ("c",)),
            NewOp("CEIL", ("c",), ("d",)),
        ],
        ["a"],
        ["d"],
    )
    (tmp_path / "three.tflite").write_bytes(model.to_bytes())
    says = (
        r"three: 3 of its 3 ops can't be compiled: op 0 and 1 more, CEIL: no such kernel; "
        r"op 1, CUMSUM: no such kernel\. There are CONV_2D"
    )
    with pytest.raises(ModelNotSupported, match=says):
        emit(resolve_model(str(tmp_path / "three.tflite")))


def test_a_build_is_kept_and_made_anew_for_another_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    programs = []
    for seed in (1, 1, 2):
        path = tmp_path / "m.tflite"
        path.write_bytes(dense_model((8, 4), "int8", seed).to_bytes())
        programs.append(build.build_host(resolve_model(str(path))))
    assert programs[0] == programs[1] != programs[2]


def test_without_a_compiler_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="sudo apt install gcc"):
        build.build_host(resolve_model("kws-ds-cnn"))
    bad = tmp_path / "gcc"
    bad.write_text("#!/bin/sh\necho 'x.c:1: error: nothing works' >&2\nexit 4\n")
    bad.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(BuildFailed, match=r"exit code 4: x\.c:1: error: nothing works"):
        build.build_host(resolve_model("kws-ds-cnn"))
