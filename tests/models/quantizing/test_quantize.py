"""Quantizing, and the traps that silently ruin a model (each test fails without its repair)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.evaluate import agreement, evaluate, log_loss
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.quantize.calibrate import observe, ranges, rounding_error
from edgebench.models.quantize.postflight import require_mcu
from edgebench.models.quantize.preflight import preflight, renamed
from edgebench.models.quantize.quantize import quantized
from edgebench.models.quantize.recipes import RECIPES
from edgebench.models.quantize.versions import make_versions
from edgebench.models.resolve import Model, resolve_model
from tests.models.made_models import altered, dense_model


@pytest.mark.slow
@pytest.mark.parametrize(("name", "data"), [("kws-ds-cnn", "kws"), ("digits-resnet8", "digits")])
def test_int8_is_as_good_as_float_and_as_the_converters(name: str, data: str) -> None:
    """Within half a point of float, and not worse than TFLiteConverter's int8 of that model."""
    found = make_versions(f"{name}:float32", ("int8",), check=data)
    (version,) = found.versions
    assert version.made is not None
    dataset = load_dataset(data)
    floating = evaluate(found.model, dataset)
    ours = evaluate(version.made.model, dataset)
    theirs = evaluate(resolve_model(f"{name}:int8"), dataset)
    assert floating.score is not None
    assert ours.score is not None
    assert theirs.score is not None
    assert ours.score.value >= floating.score.value - 0.5
    assert ours.score.value >= theirs.score.value
    snr = [agreement(each.outputs, floating.outputs).snr_db for each in (ours, theirs)]
    assert snr[0] >= snr[1] - 0.1


@pytest.mark.parametrize("name", list(RECIPES))
def test_every_recipe_makes_a_model_that_answers_like_the_float_one(
    name: str, kws: Model, calibration: list, few: Dataset
) -> None:
    made = quantized(preflight(kws), RECIPES[name], calibration, "minmax")
    facts = made.model.facts
    ends = {
        "int8": "INT8",
        "int16x8": "INT16",
    }.get(name, "FLOAT32")
    assert facts.inputs[0].type_name == facts.outputs[0].type_name == ends
    assert len(made.model.content) < 0.6 * len(kws.content)
    # The quantizer has no int4 for depthwise convolutions; what is left in float is said.
    left = {each.split()[0] for each in made.left_float}
    assert left == ({"DEPTHWISE_CONV_2D"} if name == "weight-int4" else set())
    outputs = outputs_of(made.model, samples_of(few))
    assert agreement(outputs, outputs_of(kws, samples_of(few))).top1 >= 0.97


def test_our_calibration_beats_the_quantizers_moving_average(
    kws: Model, calibration: list, few: Dataset
) -> None:
    from ai_edge_quantizer import quantizer

    recipe = RECIPES["int8"]
    theirs = quantizer.Quantizer(bytearray(kws.content), recipe.rules())
    shape = kws.facts.inputs[0].shape
    samples = [{"mfcc": sample[0].reshape(shape)} for sample in calibration]
    averaged = theirs.calibrate({kws.facts.signatures[0]: samples})
    content = bytes(theirs.quantize(averaged, enable_progress_report=False).quantized_model)
    ours = quantized(preflight(kws), recipe, calibration, "minmax").model
    reference = outputs_of(kws, samples_of(few))
    their_model = renamed(kws, "theirs", content)
    their_snr, our_snr = (
        agreement(outputs_of(each, samples_of(few)), reference).snr_db
        for each in (their_model, ours)
    )
    assert our_snr > their_snr + 3
    scales = [each.facts.inputs[0].quantization for each in (their_model, ours)]
    assert scales[1].scales[0] > 1.5 * scales[0].scales[0]  # type: ignore[union-attr]


def test_a_dynamic_range_file_is_refused(kws: Model, tiny: Path) -> None:
    official = resolve_model(str(tiny / "models" / "kws_ref_model_dynamic_range.tflite"))
    with pytest.raises(ModelNotSupported, match=r"quantized already \(dynamic-range\)"):
        preflight(official)


def test_what_we_quantized_is_refused_as_well(kws: Model) -> None:
    for name in ("dynamic", "float16", "weight-int4"):
        made = quantized(preflight(kws), RECIPES[name])
        with pytest.raises(ModelNotSupported, match="quantized already"):
            preflight(made.model)
    with pytest.raises(ModelNotSupported, match=r"quantized already \(integer\)"):
        preflight(resolve_model("kws-ds-cnn:int8"))


def test_only_inputs_whose_shapes_are_not_fixed_are_open(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(dense_model((4, 3)).to_bytes())

    model = resolve_model(str(path))
    for number, tensor in enumerate(model.facts.tensors):
        if tensor.constant_bytes:
            continue

        def free(table: object, number: int = number) -> None:
            table.subgraphs[0].tensors[number].shapeSignature = [1, -1]  # type: ignore[attr-defined]

        freed = altered(model, free)
        assert list(freed.facts.open_inputs) == [tensor.name] * (tensor.name == "input")
        assert preflight(freed).warnings == ()


def test_ops_that_the_quantizer_does_not_know_are_said_beforehand(
    tmp_path: Path, kws: Model
) -> None:
    assert preflight(kws).warnings == ()
    dense = dense_model((64, 64, 8))
    model = NewModel(
        [*dense.tensors, NewTensor("elu", (1, 8), "float32")],
        [*dense.ops, NewOp("ELU", tuple(dense.outputs), ("elu",))],
        dense.inputs,
        ["elu"],
    )
    path = tmp_path / "elu.tflite"
    path.write_bytes(model.to_bytes())
    found = make_versions(str(path), ("dynamic",))
    assert any("does not know ELU" in warning for warning in found.warnings)
    with pytest.raises(ModelNotSupported, match="ELU, does not run on a microcontroller"):
        make_versions(str(path), ("dynamic",), target="mcu")


def test_a_microcontroller_gets_only_what_it_can_run(
    tmp_path: Path, kws: Model, calibration: list
) -> None:
    require_mcu(quantized(preflight(kws), RECIPES["int8"], calibration, "minmax").model)
    floating = quantized(preflight(kws), RECIPES["dynamic"]).model
    with pytest.raises(ModelNotSupported, match="op 0, CONV_2D, works on FLOAT32"):
        require_mcu(floating)
    model = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("TANH", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    (tmp_path / "tanh.tflite").write_bytes(model.to_bytes())
    with pytest.raises(ModelNotSupported, match="op 0, TANH, does not run on a microcontroller"):
        require_mcu(resolve_model(str(tmp_path / "tanh.tflite")))


def test_static_recipes_need_samples(kws: Model) -> None:
    with pytest.raises(UsageError, match="needs calibration samples"):
        quantized(preflight(kws), RECIPES["int8"])
    with pytest.raises(UsageError, match="with `calibrate`"):
        make_versions("kws-ds-cnn:float32", ("int8",))
    with pytest.raises(UsageError, match="`recipes`: unknown value 'int3'; choose from int8"):
        make_versions("kws-ds-cnn:float32", ("int3",))
    with pytest.raises(UsageError, match="at least 1"):
        make_versions("kws-ds-cnn:float32", ("int8",), calibrate="kws", samples=0)


def test_versions_are_written_whole(tmp_path: Path) -> None:
    out = tmp_path / "made.tflite"
    found = make_versions("kws-ds-cnn:float32", ("dynamic",), out=out)
    assert found.versions[0].path == out
    assert resolve_model(str(out)).facts.macs == 2_656_768
    make_versions("kws-ds-cnn:float32", ("dynamic", "float16"), out=tmp_path / "folder")
    names = sorted(path.name for path in (tmp_path / "folder").iterdir())
    assert names == ["kws-ds-cnn_dynamic.tflite", "kws-ds-cnn_float16.tflite"]


def test_clipping_drops_what_is_rare(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(dense_model((64, 8)).to_bytes())
    model = resolve_model(str(path))
    rng = np.random.default_rng(0)
    samples = [(rng.normal(0, 1, 64).astype(np.float32),) for _ in range(50)]
    samples[7][0][3] = 1000.0  # one value that nothing else comes near
    seen = observe(model, samples)
    limits = {
        clipping: float(ranges(seen, clipping, 8)["input"]["max"].ravel()[0])
        for clipping in ("minmax", "percentile", "mse")
    }
    assert limits["minmax"] == 1000.0
    assert limits["percentile"] < 1000.0
    values = np.concatenate([sample[0] for sample in samples])
    most = values[np.abs(values) < 10]
    assert rounding_error(most, -4, 4, 8) < rounding_error(most, -1000, 1000, 8) / 100


def test_log_loss_takes_probabilities_and_logits() -> None:
    labels = np.array([0, 1])
    probabilities = np.array([[0.8, 0.2], [0.4, 0.6]], np.float32)
    expected = -(np.log(0.8) + np.log(0.6)) / 2
    assert log_loss(probabilities, labels) == pytest.approx(expected, rel=1e-6)
    assert log_loss(np.log(probabilities) + 3, labels) == pytest.approx(expected, rel=1e-5)


def test_quantized_and_official_int8_agree_with_official_float_alike(tiny: Path) -> None:
    """The official float ResNet, quantized here, against the official int8 file of it."""
    floating = resolve_model(str(tiny / "models" / "pretrainedResnet.tflite"))
    official = resolve_model(str(tiny / "models" / "pretrainedResnet_quant.tflite"))
    rng = np.random.default_rng(5)
    # Smooth pictures with the range of pixels, since its own data are not here.
    grid = rng.uniform(0, 255, (60, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    samples = [(picture.astype(np.float32),) for picture in grid]
    ours = quantized(preflight(floating), RECIPES["int8"], samples[:30]).model
    reference = outputs_of(floating, samples[30:])
    our_snr, official_snr = (
        agreement(outputs_of(each, samples[30:]), reference).snr_db for each in (ours, official)
    )
    assert our_snr >= official_snr


def test_the_float_model_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(dense_model((64, 64, 8)).to_bytes())
    with pytest.raises(UsageError, match="would be lost"):
        make_versions(str(path), ("dynamic",), out=path)
    with pytest.raises(UsageError, match="need a folder"):
        make_versions(str(path), ("dynamic", "float16"), out=tmp_path / "o.tflite")
    make_versions(str(path), ("dynamic",), out=tmp_path / "small.tflite")
    assert (tmp_path / "small.tflite").stat().st_size < path.stat().st_size / 2


def test_a_model_with_nothing_to_quantize_is_refused(tmp_path: Path) -> None:
    model = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("ELU", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    (tmp_path / "elu.tflite").write_bytes(model.to_bytes())
    with pytest.raises(ModelNotSupported, match="finds nothing to quantize in it; its ops are ELU"):
        make_versions(str(tmp_path / "elu.tflite"), ("dynamic",))
