"""What an .onnx file says of itself: shapes, types, quantization, costs."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgebench.errors import ModelInvalid, ModelNotSupported, UsageError
from edgebench.models.onnx.read import read_onnx
from edgebench.models.resolve import resolve_model
from edgebench.models.sizing import at_shape
from tests.onnx.made import FLOAT, classifier, model, node, quantized_ends, saved, weights


def test_it_has_shapes_types_ops_and_macs() -> None:
    facts = read_onnx(classifier().SerializeToString(), "m.onnx")
    (entry,), (exit_,) = facts.inputs, facts.outputs
    assert (entry.name, entry.shape, entry.shape_signature) == ("x", (1, 3, 6, 6), (-1, 3, 6, 6))
    assert (exit_.name, exit_.shape, exit_.type_name) == ("y", (1, 4), "FLOAT32")
    macs = {op.name: op.macs for op in facts.ops}
    assert macs["Conv"] == 6 * 6 * 6 * 3 * 3 * 3
    assert macs["Gemm"] == 4 * 6
    assert facts.macs == sum(macs.values())
    assert facts.weight_bytes == 4 * (6 * 27 + 6 + 24)
    assert not facts.open_inputs


def test_the_scales_of_int8_ends_are_known() -> None:
    facts = read_onnx(quantized_ends().SerializeToString(), "m.onnx")
    for tensor, scale, zero in ((facts.inputs[0], 0.1, 3), (facts.outputs[0], 0.2, -5)):
        assert tensor.quantization is not None
        assert tensor.quantization.scales == pytest.approx((scale,))
        assert tensor.quantization.zero_points == (zero,)


def test_open_sizes_are_those_of_the_shape_that_is_given(tmp_path: Path) -> None:
    proto = model(
        [node("Conv", "x w", "y"), node("Add", "s one", "t")],
        [("x", FLOAT, ["batch", 2, "length"]), ("s", FLOAT, [2, "batch", 3])],
        [("y", FLOAT, None), ("t", FLOAT, None)],
        {"w": weights(4, 2, 3), "one": np.float32(1)},
    )
    opened = resolve_model(str(saved(proto, tmp_path)))
    # The batch is 1 wherever its name stands; the length is nobody's to guess.
    assert list(opened.facts.open_inputs) == ["x"]
    assert opened.facts.inputs[1].shape_signature == (2, 1, 3)
    with pytest.raises(UsageError, match=r"`x` \(\?x2x\?, dimension 2\)"):
        at_shape(opened, {})
    sized = at_shape(opened, {"x": (1, 2, 10)})
    assert sized.facts.outputs[0].shape == (1, 4, 8)
    assert sized.facts.macs == 4 * 8 * 2 * 3


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (helper.make_tensor_sequence_value_info("x", FLOAT, [1]), "`x` is a sequence"),
        (helper.make_tensor_value_info("x", FLOAT, None), "`x` has no number of dimensions"),
    ],
)
def test_an_input_that_can_not_be_fed_is_refused(kind: object, says: str) -> None:
    proto = classifier()
    proto.graph.input[0].CopyFrom(kind)
    with pytest.raises(ModelNotSupported, match=says):
        read_onnx(proto.SerializeToString(), "m.onnx")


def test_text_and_types_that_numpy_lacks_are_refused() -> None:
    for number, says in ((TensorProto.STRING, "takes text"), (TensorProto.BFLOAT16, "BFLOAT16")):
        proto = model([node("Identity", "x", "y")], [("x", number, [2])], [("y", number, [2])])
        with pytest.raises(ModelNotSupported, match=says):
            read_onnx(proto.SerializeToString(), "m.onnx").require_readable_ends("m")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it has no version"),
        (b"\x08\x08", "it has no op"),
        (b"PK\x03\x04 and more", "not a whole ONNX model"),
        (classifier().SerializeToString()[:-20], "it is damaged or cut short"),
    ],
)
def test_what_is_no_model_is_said(content: bytes, says: str) -> None:
    with pytest.raises(ModelInvalid, match=says):
        read_onnx(content, "m.onnx")


def test_200_damaged_files_are_read_or_refused() -> None:
    """benchmarks/mutated_models.py puts thousands through the commands."""
    whole = classifier().SerializeToString()
    dice = random.Random(11)
    refused = 0
    for _ in range(200):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            read_onnx(bytes(content[: dice.choice((None, dice.randrange(len(content))))]), "m.onnx")
        except UsageError as error:
            refused += 1
            assert "m.onnx" in str(error)
    assert 50 < refused < 200
