"""What an .onnx file says of itself: shapes, types, quantization, costs."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgebench.errors import ModelInvalid, ModelNotSupported, UsageError
from edgebench.models.describe import to_json
from edgebench.models.onnx.external import external_files
from edgebench.models.onnx.read import read_onnx
from edgebench.models.resolve import resolve_model
from edgebench.models.sizing import at_shape
from edgebench.models.tflite.shapes import parse_shapes
from tests.cli.call import call
from tests.onnx.made import FLOAT, classifier, model, node, quantized_ends, saved, weights


def whole_model() -> bytes:
    """Return a model that has a producer, a name of each kind and external data."""
    proto = classifier()
    proto.producer_name, proto.graph.input[0].name = "PRODUCER", "INPUT"
    proto.graph.node[0].input[0] = "INPUT"
    bias = proto.graph.initializer[1]
    bias.ClearField("raw_data")
    bias.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "4")):
        bias.external_data.add(key=key, value=value)
    content: bytes = proto.SerializeToString()
    return content


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


def test_a_name_that_an_input_has_twice_is_no_batch() -> None:
    nodes = [node("MatMul", "a x", "y")]
    ends = [("a", FLOAT, ["N", "N"]), ("x", FLOAT, ["N", 4])]
    facts = read_onnx(model(nodes, ends, [("y", FLOAT, None)]).SerializeToString(), "m.onnx")
    assert list(facts.open_inputs) == ["a"]


@pytest.mark.parametrize(
    ("name", "of_one"),
    [
        *((each, ()) for each in ("N", "batch_size", "", None, "x_dynamic_axes_1", "unk__12")),
        *((each, ("x",)) for each in ("seq_len", "nodes", "frames")),
    ],
)
def test_a_first_size_of_another_name_than_a_batch_is_found(
    name: str | None, of_one: tuple[str, ...]
) -> None:
    proto = model([node("Relu", "x", "y")], [("x", FLOAT, [name, 4])], [("y", FLOAT, None)])
    content = proto.SerializeToString()
    assert read_onnx(content, "m.onnx").sizes_of_one == of_one
    assert not read_onnx(content, "m.onnx", {"x": (7, 4)}).sizes_of_one


def microsofts(kind: str, inputs: Sequence[str], shapes: Mapping[str, Sequence[int]]) -> Any:
    """Return a model of one op; what has a capital letter first is a constant."""
    constants = {
        each: np.ones(shapes.get(each, ()), np.float32) for each in inputs if each.isupper()
    }
    made = helper.make_node(kind, inputs, ["y"], domain="com.microsoft")
    ends = [("a", FLOAT, shapes["a"])]
    return model([made], ends, [("y", FLOAT, shapes["y"])], constants, others=["com.microsoft"])


@pytest.mark.parametrize(
    ("proto", "macs"),
    [
        (
            microsofts(
                "QGemm", ["a", "S", "Z", "B", "T", "U"], {"a": (2, 8), "B": (3, 8), "y": (2, 3)}
            ),
            2 * 3 * 8,
        ),
        (
            microsofts(
                "FusedConv", ["a", "W"], {"a": (1, 3, 6, 6), "W": (5, 3, 3, 3), "y": (1, 5, 4, 4)}
            ),
            5 * 16 * 27,
        ),
        (
            microsofts("FusedMatMul", ["a", "B"], {"a": (2, 8, 3), "B": (8, 5), "y": (2, 3, 5)}),
            2 * 3 * 5 * 8,
        ),
        (
            microsofts(
                "DynamicQuantizeMatMul", ["a", "B"], {"a": (2, 8), "B": (8, 3), "y": (2, 3)}
            ),
            2 * 3 * 8,
        ),
        (
            microsofts("MatMulIntegerToFloat", ["a", "B"], {"a": (2, 8), "B": (8, 3), "y": (2, 3)}),
            2 * 3 * 8,
        ),
        (microsofts("QLinearSigmoid", ["a"], {"a": (2, 8), "y": (2, 8)}), 0),
        (microsofts("Attention", ["a"], {"a": (2, 8), "y": (2, 8)}), None),
        (microsofts("FusedConv", ["a", "W"], {"a": (1, 2), "y": (1, 2)}), None),
    ],
)
def test_microsofts_ops_are_counted_or_not_known(proto: Any, macs: int | None) -> None:
    facts = read_onnx(proto.SerializeToString(), "m.onnx")
    assert (facts.macs, facts.knows_macs) == (macs or 0, macs is not None)


def test_what_runs_other_graphs_has_no_known_macs(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [node("MatMul", "x w", "t")], "b", [], [helper.make_tensor_value_info("t", FLOAT, [1, 4])]
    )
    proto = model(
        [
            node("If", "c", "z", then_branch=branch, else_branch=branch),
            helper.make_node("F", ["z"], ["y"], domain="own"),
        ],
        [("x", FLOAT, [1, 4])],
        [("y", FLOAT, [1, 4])],
        {"c": np.array(True), "w": weights(4, 4)},
        others=["own"],
    )
    found = resolve_model(str(saved(proto, tmp_path)))
    assert [op.knows_macs for op in found.facts.ops] == [False, False]
    assert json.loads(to_json(found, ""))["macs"] is None
    shown = " ".join(call("show", found.path).stdout.split())
    assert "not known: those of If, own.F can't be counted" in shown


@pytest.mark.parametrize(
    "shape", [(1, 2**31), (1, 10**22), (1, 2**29), (1, 2**31 - 1)], ids=lambda each: str(each[1])
)
def test_a_shape_that_is_too_large_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    proto = model([node("Relu", "x", "y")], [("x", FLOAT, ["N", "M"])], [("y", FLOAT, ["N", "M"])])
    opened = resolve_model(str(saved(proto, tmp_path)))
    with pytest.raises(UsageError, match=f"`x` would be 1x{shape[1]}, which is too large: a size"):
        at_shape(opened, {"x": shape})


def test_a_file_whose_input_is_too_large_is_refused(tmp_path: Path) -> None:
    for size, says in ((2**31 - 1, "`x` would be 1x2147483647x2147"), (2**31, "size of 2,147,483")):
        ends = [[(name, FLOAT, [1, size, size])] for name in "xy"]
        path = saved(model([node("Relu", "x", "y")], *ends), tmp_path)
        with pytest.raises((UsageError, ModelNotSupported), match=says):
            at_shape(resolve_model(str(path)), {})


def test_a_size_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(UsageError, match="is above 2,147,483,647"):
        parse_shapes([f"x=1x{'9' * 5000}"])


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


@pytest.mark.parametrize("name", [b"PRODUCER", b"INPUT", b"GlobalAveragePool", b"location"])
def test_a_name_that_is_not_utf_8_is_said(name: bytes) -> None:
    content = whole_model()
    assert name in content
    with pytest.raises(ModelInvalid, match=r"^m\.onnx: the model is damaged: a name in it is not"):
        read_onnx(content.replace(name, b"\xff" + name[1:]), "m.onnx")


def test_200_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    """benchmarks/mutated_models.py puts thousands through the commands."""
    whole = whole_model()
    (tmp_path / "w.bin").write_bytes(bytes(4))
    dice = random.Random(11)
    refused = 0
    for _ in range(200):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            cut = bytes(content[: dice.choice((None, dice.randrange(len(content))))])
            read_onnx(cut, "m.onnx")
            external_files(cut, tmp_path / "m.onnx")
        except UsageError as error:
            refused += 1
            assert "m.onnx" in str(error)
    assert 50 < refused < 200
