"""The DSP kernels in a true Cortex-M4 image under QEMU: the reference's bytes, and how many
instructions they take."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.firmware.building.image import Image, build_image
from edgebench.firmware.engines.candidate import interleaved
from edgebench.firmware.engines.dsp import GROUP, TAPS, for_dsp
from edgebench.firmware.reading.network import read_network
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_reference

needs_qemu = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc and qemu-system-arm are not installed (`make test` installs them)",
)
# TFLM with CMSIS-NN at -O3, its requantization in assembly, measured.
CMSIS_NN = {
    "kws-ds-cnn": 7_420_991,
    "digits-resnet8": 29_358_133,
    "machine-autoencoder": 573_258,
    "scene-mobilenet": 23_429_946,
}
TFLM_ARENA_BYTES = {
    "kws-ds-cnn": 22_800,
    "digits-resnet8": 55_000,
    "machine-autoencoder": 2_600,
    "scene-mobilenet": 100_700,
}


def run_in_qemu(model: Model, inputs: int, count: int = 1) -> tuple[Image, float]:
    """Compare outputs with the reference's; return the image and instructions an inference."""
    image, reference = build_image(model, board_card("mps2-an386")), by_reference(model)
    emulator = image.board.emulator
    assert emulator is not None
    rng = np.random.default_rng(7)
    with EmulatedBoard(image) as board, Link(board.port) as link:
        device = Device(link, clock_is_real=False)
        device.wake()
        for number in range(inputs):
            low, high = ((-128, 128), (100, 128), (-128, -100))[number % 3]
            values = rng.integers(low, high, model.facts.inputs[0].elements).astype(np.int8)
            device.load(values.tobytes())
            timed = device.infer(count, 0)
            got = np.frombuffer(timed.outputs[0], np.int8)
            np.testing.assert_array_equal(got, reference(values))
    return image, timed.device_us * emulator.instructions_per_us / count


@pytest.mark.tflite_runtime
@needs_qemu
@pytest.mark.parametrize("name", CMSIS_NN)
def test_exact_with_at_most_six_tenths_of_cmsis_nns_instructions(name: str) -> None:
    image, instructions = run_in_qemu(resolve_model(name), 3, 10)
    assert instructions <= 0.60 * CMSIS_NN[name]
    assert image.arena_bytes <= TFLM_ARENA_BYTES[name]
    assert image.text_bytes <= 30_000


@pytest.mark.tflite_runtime
@needs_qemu
@pytest.mark.parametrize(
    ("task", "file"),
    [
        ("kws-ds-cnn", "kws_ref_model.tflite"),
        ("digits-resnet8", "pretrainedResnet_quant.tflite"),
        ("machine-autoencoder", "ad01_int8.tflite"),
        ("scene-mobilenet", "vww_96_int8.tflite"),
    ],
)
def test_the_official_models_take_no_more(task: str, file: str, tiny: Path) -> None:
    """Most channels of the official vww have no weights, and shifts at the fast kernels' limit."""
    _, instructions = run_in_qemu(resolve_model(str(tiny / "models" / file)), 3, 10)
    assert instructions <= 0.60 * CMSIS_NN[task]


def depthwise(channels: int, taps: int, activation: int) -> NewModel:
    """Return a depthwise convolution of multiplier 1: what the fast kernel takes."""
    rng = np.random.default_rng(channels)
    shape = (1, taps, taps, channels)
    scales = tuple(float(each) for each in rng.uniform(0.002, 0.02, channels))
    options = {
        "padding": 0,
        "strideW": 1,
        "strideH": 1,
        "dilationWFactor": 1,
        "dilationHFactor": 1,
        "fusedActivationFunction": activation,
        "depthMultiplier": 1,
    }
    return NewModel(
        [
            NewTensor("in", (1, 6, 5, channels), "int8", Quantization((0.1,), (-7,))),
            NewTensor("out", (1, 6, 5, channels), "int8", Quantization((0.15,), (5,))),
            NewTensor(
                "w",
                shape,
                "int8",
                Quantization(scales, (0,) * channels, 3),
                rng.integers(-127, 128, shape).astype(np.int8),
            ),
            NewTensor(
                "b",
                (channels,),
                "int32",
                Quantization(tuple(0.1 * s for s in scales), (0,) * channels),
                rng.integers(-2000, 2000, channels).astype(np.int32),
            ),
        ],
        [NewOp("DEPTHWISE_CONV_2D", ("in", "w", "b"), ("out",), ("DepthwiseConv2D", options))],
        ["in"],
        ["out"],
    )


def test_weights_are_packed_in_turns() -> None:
    weights = np.arange(3 * 5, dtype=np.int8).reshape(3, 5)
    packed = interleaved(weights, 2, GROUP, TAPS).reshape(-1, 4)
    assert packed[:4].tolist() == [[0, 1, 2, 3], [5, 6, 7, 8], [4, 0, 0, 0], [9, 0, 0, 0]]
    assert packed[4:].tolist() == [[10, 11, 12, 13], [0] * 4, [14, 0, 0, 0], [0] * 4]


def test_a_layer_that_cannot_be_proved_stays_portable(tmp_path: Path) -> None:
    model = depthwise(8, 3, 0)
    large = [
        NewTensor(each.name, each.shape, each.dtype, Quantization((1e-6,), (5,)))
        if each.name == "out"
        else each
        for each in model.tensors
    ]
    path = tmp_path / "left.tflite"
    path.write_bytes(NewModel(large, model.ops, ["in"], ["out"]).to_bytes())
    (layer,) = for_dsp(read_network(resolve_model(str(path)))).layers
    assert layer.function == "depthwise_conv_2d"  # its shift is to the left
    path.write_bytes(model.to_bytes())
    (layer,) = for_dsp(read_network(resolve_model(str(path)))).layers
    assert layer.function == "dsp_depthwise_conv_2d"
