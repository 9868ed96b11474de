"""A part of a model: what comes before an op that nothing here computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.firmware.reading.network import read_network
from edgebench.harness.devices.costs.profile import layers_of
from edgebench.harness.request import RunRequest
from edgebench.harness.run.prepare import prepare
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.prefix import until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.cli.call import call
from tests.firmware.boards.test_dsp import needs_qemu

SCALE = Quantization((0.05,), (3,))
CUSTOM = "Boxes_PostProcess"


def detector(folder: Path) -> Model:
    """A layer with weights, two outputs of it, and a custom op that takes both."""
    weights = np.random.default_rng(4).integers(-127, 127, (6, 8), endpoint=True).astype(np.int8)
    made = NewModel(
        [
            NewTensor("image", (1, 8), "int8", SCALE),
            NewTensor("w", (6, 8), "int8", Quantization((0.01,), (0,)), weights),
            NewTensor("scores", (1, 6), "int8", SCALE),
            NewTensor("boxes", (1, 6), "int8", Quantization((0.1,), (-5,))),
            NewTensor("found", (1, 6), "float32"),
        ],
        [
            NewOp("FULLY_CONNECTED", ("image", "w"), ("scores",), ("FullyConnected", {})),
            NewOp("QUANTIZE", ("scores",), ("boxes",), ("Quantize", {})),
            NewOp("CUSTOM", ("boxes", "scores"), ("found",), custom=CUSTOM),
        ],
        ["image"],
        ["found"],
    )
    path = folder / "detector.tflite"
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path))


@pytest.mark.parametrize("op", [CUSTOM, CUSTOM.lower(), "2"])
def test_what_crosses_the_cut_is_its_output(op: str, tmp_path: Path) -> None:
    whole = detector(tmp_path)
    part = until_op(whole, op)
    assert [tensor.name for tensor in part.facts.outputs] == ["scores", "boxes"]
    assert [each.name for each in part.facts.ops] == ["FULLY_CONNECTED", "QUANTIZE"]
    assert part.sha256 != whole.sha256
    assert part.measured_as == f"until op 2, {CUSTOM}"
    assert [each.tensor.name for each in read_network(part).outputs] == ["scores", "boxes"]
    assert until_op(whole, None) is whole


def test_a_part_has_the_names_of_its_models_inputs() -> None:
    whole = resolve_model("kws-ds-cnn")
    part = until_op(whole, "SOFTMAX")
    assert part.facts.input_names == whole.facts.input_names == ("mfcc",)
    sizes = {"mfcc": (1, 49, 10, 1)}
    request = RunRequest("kws-ds-cnn", until="SOFTMAX", shape=sizes)
    prepared = prepare(request).model
    assert prepared.facts.input_names == ("mfcc",)


def test_a_part_is_advised_only_if_it_compiles(tmp_path: Path) -> None:
    made = NewModel(
        [
            NewTensor("image", (1, 8), "int8", SCALE),
            NewTensor("is", (1, 8), "bool"),
            NewTensor("found", (1, 8), "float32"),
        ],
        [
            NewOp("EQUAL", ("image", "image"), ("is",), ("Equal", {})),
            NewOp("CUSTOM", ("is",), ("found",), custom=CUSTOM),
        ],
        ["image"],
        ["found"],
    )
    path = tmp_path / "truths.tflite"
    path.write_bytes(made.to_bytes())
    with pytest.raises(ModelNotSupported) as refused:
        read_network(resolve_model(str(path)))
    assert "no such kernel" in str(refused.value)
    assert "until" not in str(refused.value)


def test_an_op_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"FULLY_CONNECTED, QUANTIZE, {CUSTOM}, or a number from"):
        until_op(detector(tmp_path), "SOFTMAX")
    with pytest.raises(UsageError, match="nothing is computed before op 0, FULLY_CONNECTED"):
        until_op(detector(tmp_path), "0")


def test_the_refusal_of_a_custom_op_names_the_part_before_it(tmp_path: Path) -> None:
    model = detector(tmp_path)
    call = f"edgebench.deploy('{model.path}', 'BOARD', until='{CUSTOM}')"
    with pytest.raises(ModelNotSupported) as refused:
        edgebench.size(model.path, "nrf52840-dk")
    assert call in str(refused.value)
    sizes = edgebench.size(model.path, "nrf52840-dk", until=CUSTOM)
    assert [each.layer.op_name for each in sizes.layers] == ["FULLY_CONNECTED", "QUANTIZE"]


def test_the_part_runs_on_a_device_and_agrees_with_the_reference(tmp_path: Path) -> None:
    model = detector(tmp_path)
    data = tmp_path / "data.npz"
    inputs = np.random.default_rng(2).uniform(-6, 6, (4, 8)).astype(np.float32)
    np.savez(data, inputs=inputs, labels=np.zeros(4, np.int64))
    asked = {
        "device": f"emulated:{model.path}",
        "until": CUSTOM,
        "dataset": str(data),
        "scenarios": ["singlestream"],
        "out": tmp_path / "runs",
    }
    with pytest.raises(UsageError, match="a part of a model has no accuracy"):
        edgebench.run(**asked, modes=["accuracy"])
    (run,) = edgebench.run(**asked, modes=["performance"], duration_s=0.05, warmup_s=0.01).runs
    assert run.record.model.measured_as == f"until op 2, {CUSTOM}"
    assert run.record.reference is not None
    assert run.record.reference.verdict in ("agrees", "close")


def test_the_part_is_profiled_and_every_table_says_which_part(tmp_path: Path) -> None:
    path = str(detector(tmp_path).path)
    part = f"until op 2, {CUSTOM}"
    here = edgebench.profile(path, until=CUSTOM, rounds=3)
    assert [each.op for each in here.layers] == ["FULLY_CONNECTED", "QUANTIZE"]
    assert here.where.endswith(part)
    sizes = call("size", path, "--board", "nrf52840-dk", "--until", CUSTOM)
    assert f", {part} on nrf52840-dk" in sizes.stdout


@needs_qemu
def test_the_part_is_profiled_on_a_board(tmp_path: Path) -> None:
    path = str(detector(tmp_path).path)
    found = edgebench.profile(path, board="mps2-an386", until=CUSTOM, inferences=1)
    assert [each.op_name for each in found.layers] == ["FULLY_CONNECTED", "QUANTIZE"]
    assert layers_of(found).where == f"mps2-an386, until op 2, {CUSTOM}"


def test_an_official_run_is_of_a_whole_model() -> None:
    with pytest.raises(UsageError, match="leave `until` out"):
        edgebench.run("kws-ds-cnn", until="SOFTMAX", official=True)
