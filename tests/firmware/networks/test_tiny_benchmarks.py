"""Firmware that takes what MLCommons' runner sends, for each of MLPerf Tiny's benchmarks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.errors import UsageError
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import request_of
from edgebench.harness.run.session import run_request
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark
from edgebench.models.interpret import outputs_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.models.made_models import dense_model

FAST = 921600
SAMPLES = 4
MODELS = {
    "kws01": "kws_ref_model.tflite",
    "ic01": "pretrainedResnet_quant.tflite",
    "vww01": "vww_96_int8.tflite",
    "ad01": "ad01_int8.tflite",
    "ic02": "pretrainedResnet_large_int8.tflite",
}
TRAINED = "benchmark/training/image_classification/trained_models"
"""Of a checkout of mlcommons/tiny: where the models are that are not among the shared files."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A network as wide as its input: an autoencoder, to `ad01`."""
    path = tmp_path_factory.mktemp("small") / "small.tflite"
    path.write_bytes(dense_model((40, 40), "int8").to_bytes())
    return resolve_model(str(path))


def sent(benchmark: TinyBenchmark, model: Model, steps: np.ndarray) -> bytes:
    """Return what MLCommons' runner has in its files for an input of these int8 numbers."""
    (quantization,) = [each.quantization for each in model.facts.inputs]
    assert quantization is not None
    if TINY_INPUTS[benchmark] == "uint8":
        return (steps.astype(np.int16) + 128).astype(np.uint8).tobytes()
    if TINY_INPUTS[benchmark] == "float32":
        real = (steps - quantization.zero_points[0]) * np.float32(quantization.scales[0])
        return real.astype("<f4").tobytes()
    return steps.astype(np.int8).tobytes()


def answers(
    model: Model, options: HostOptions, inputs: Sequence[bytes]
) -> tuple[str, list[tuple[float, ...]], list[tuple[bytes, ...]]]:
    """Return what firmware calls its model, and its results and outputs for inputs."""
    with (
        EmulatedPort(build_host(model, options), FAST) as port,
        Link(port.port, LinkOptions(FAST)) as link,
    ):
        device = Device(link)
        device.wake()
        timed = [device.sample(each) for each in inputs]
        return device.identity.model, [t.results for t in timed], [t.outputs for t in timed]


@pytest.mark.parametrize("extensions", [True, False])
@pytest.mark.parametrize("benchmark", TINY_INPUTS)
def test_a_benchmark_s_input_is_taken_and_its_answer_printed(
    benchmark: TinyBenchmark, extensions: bool, small: Model
) -> None:
    steps = np.random.default_rng(3).integers(-128, 128, (SAMPLES, 40))
    inputs = [sent(benchmark, small, each) for each in steps]
    options = HostOptions(extensions=extensions, benchmark=benchmark)
    name, results, _ = answers(small, options, inputs)
    assert name == benchmark
    own = [each.astype(np.int8).tobytes() for each in steps]
    _, plain, _ = answers(small, HostOptions(extensions=extensions), own)
    if benchmark != "ad01":
        assert results == plain
        return
    reals = [np.frombuffer(each, "<f4") for each in inputs]
    scores = [np.mean((np.array(p) - r) ** 2) for p, r in zip(plain, reals, strict=True)]
    np.testing.assert_allclose(np.array(results).ravel(), scores, rtol=1e-3, atol=2e-3)


def test_no_real_value_does_harm(small: Model) -> None:
    values = np.array([np.nan, np.inf, -np.inf, 1e38, -1e38, 1e-45, 0.0, 6.35] * 5, "<f4")
    _, _, outputs = answers(small, HostOptions(benchmark="ad01"), [values.tobytes()])
    clipped = np.array([-128, 127, -128, 127, -128, 0, 0, 127] * 5, np.int8)
    _, _, expected = answers(small, HostOptions(), [clipped.tobytes()])
    assert outputs == expected


def test_what_is_just_below_a_half_rounds_down(small: Model) -> None:
    (quantization,) = [each.quantization for each in small.facts.inputs]
    assert quantization is not None
    scale = np.float32(quantization.scales[0])
    below = np.nextafter(np.float32(0.5), np.float32(0))
    near = (below * scale).view(np.int32) + np.arange(-8, 8, dtype=np.int32)
    value = next(each for each in near.view(np.float32) if each / scale == below)
    values = np.array([value, -value, scale / 2, -scale / 2] * 10, "<f4")
    steps = np.array([0, 0, 1, -1] * 10) + quantization.zero_points[0]
    _, _, outputs = answers(small, HostOptions(benchmark="ad01"), [values.tobytes()])
    _, _, expected = answers(small, HostOptions(), [steps.astype(np.int8).tobytes()])
    assert outputs == expected


@pytest.mark.parametrize("extensions", [True, False])
@pytest.mark.parametrize("benchmark", ["ic01", "ad01"])
def test_our_own_host_measures_it(
    benchmark: TinyBenchmark, extensions: bool, small: Model, tmp_path: Path
) -> None:
    steps = np.random.default_rng(4).integers(-128, 128, (SAMPLES, 40))
    path = tmp_path / "data.npz"
    np.savez(path, inputs=(steps * 0.05).astype(np.float32), labels=np.zeros(SAMPLES, int))
    program = build_host(small, HostOptions(extensions=extensions, benchmark=benchmark))
    with EmulatedPort(program, FAST) as port:
        request = request_of(
            model=str(small.path),
            dataset=str(path),
            device=DeviceRequest(port.port, baud=FAST),
            scenarios=("singlestream",),
            modes=("accuracy",),
            warmup_s=0.05,
        )
        (found,) = run_request(request, tmp_path / "runs").runs
    reference = found.record.reference
    assert reference is not None
    assert reference.verdict in ("agrees", "close", "differs")
    assert reference.other_answers == 0
    assert not any("tried again" in event["what"] for event in found.record.events)


def test_what_is_no_model_of_a_benchmark_is_refused(small: Model, tmp_path: Path) -> None:
    path = tmp_path / "narrow.tflite"
    path.write_bytes(dense_model((40, 4), "int8").to_bytes())
    with pytest.raises(UsageError, match="is no autoencoder, which ad01 needs: 40 values in, 4"):
        build_host(resolve_model(str(path)), HostOptions(benchmark="ad01"))
    with pytest.raises(UsageError, match="`benchmark`: unknown value 'sww99'"):
        build_host(small, HostOptions(benchmark="sww99"))  # type: ignore[arg-type]


@pytest.mark.parametrize("benchmark", MODELS)
def test_mlcommons_runner_gets_right_answers(benchmark: TinyBenchmark, tiny: Path) -> None:
    """Its own class for a device, unchanged, over our firmware with the official models."""
    runner = Path(os.environ.get("TINY_DIR", "/nowhere")) / "benchmark/runner"
    if not (runner / "device_under_test.py").is_file():
        pytest.skip("TINY_DIR names no checkout of github.com/mlcommons/tiny")
    shared = tiny / "models" / MODELS[benchmark]
    trained = runner.parents[1] / TRAINED / MODELS[benchmark]
    model = resolve_model(str(shared if shared.is_file() else trained))
    (tensor,) = model.facts.inputs
    steps = np.random.default_rng(5).integers(-128, 128, tensor.elements)
    data = sent(benchmark, model, steps)
    sys.path.insert(0, str(runner))
    try:
        from device_under_test import DUT  # type: ignore[import-not-found]

        program = build_host(model, HostOptions(extensions=False, benchmark=benchmark))
        with EmulatedPort(program, FAST) as port:
            # What a device prints when it boots is gone when a runner opens a real port.
            with Link(port.port, LinkOptions(FAST)) as link:
                Device(link).wake()
            with DUT(port.port, FAST) as dut:
                name = dut.get_model()
                loaded, lines = dut.load(data), dut.infer(1, 0)
    finally:
        sys.path.remove(str(runner))
    assert name == benchmark
    assert "m-load-done" in loaded
    (printed,) = [line for line in lines if line.startswith("m-results-")]
    values = [float(each) for each in printed.removeprefix("m-results-[").strip("]").split(",")]
    assert tensor.quantization is not None
    real = (steps - tensor.quantization.zero_points[0]) * tensor.quantization.scales[0]
    true = outputs_of(model, [(real.astype(np.float32),)])[0]
    if benchmark == "ad01":
        score = float(np.mean((true - np.frombuffer(data, "<f4")) ** 2))
        assert values == [pytest.approx(score, rel=0.01)]
    else:
        np.testing.assert_allclose(values, true, atol=0.05 * np.ptp(true))
