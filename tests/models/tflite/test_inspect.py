from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import flatbuffers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.errors import EdgebenchError, ModelInvalid
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.card import model_cards
from edgebench.models.packages.pull import catalog
from edgebench.models.recommend.graph import FORMATS
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.flatbuffer.reading import FILE_IDENTIFIER
from edgebench.models.tflite.flatbuffer.schema import schema
from edgebench.models.tflite.inspect import read_model
from tests.models.made_models import dense_model

DENSE = dense_model((8, 16, 3), "int8").to_bytes()


def test_kws_has_the_ops_and_macs_of_mlperf_tinys_model() -> None:
    facts = resolve_model("kws-ds-cnn").facts
    names = [op.name for op in facts.ops]
    assert facts.macs == 2_656_768
    assert names.count("CONV_2D") == 5
    assert names.count("DEPTHWISE_CONV_2D") == 4
    assert names[-4:] == ["AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert facts.inputs[0].shape == (1, 49, 10, 1)
    assert facts.inputs[0].sample_shape == (49, 10, 1)
    assert facts.outputs[0].quantization is not None
    assert facts.outputs[0].quantization.zero_points == (-128,)


def test_every_card_tells_the_truth_about_its_files() -> None:
    cards = model_cards()
    assert set(cards) >= {"kws-ds-cnn", "digits-resnet8"}
    for card in cards.values():
        looks_up = card.recommendation is not None
        wanted = set(FORMATS) if looks_up else {"float32", "int8"}
        pulled = {each.package for each in card.variants.values()} - {""}
        assert pulled or wanted <= set(card.variants)
        for variant in card.variants.values():
            if variant.package:
                listed = {file.path: file for file in catalog()[variant.package].files}
                there = listed[variant.file.name]
                assert (there.size_bytes, there.sha256) == (variant.size_bytes, variant.sha256)
                continue
            content = variant.file.read_bytes()
            assert len(content) == variant.size_bytes
            assert hashlib.sha256(content).hexdigest() == variant.sha256


def test_digits_resnet8_has_the_macs_of_mlperf_tinys_ic_model() -> None:
    assert resolve_model("digits-resnet8").facts.macs == 12_501_632


def test_official_models_are_read(tiny: Path) -> None:
    files = sorted(tiny.rglob("*.tflite"))
    assert files
    macs = {path.name: read_model(path.read_bytes(), str(path)).macs for path in files}
    assert 2_656_768 in macs.values()


def test_arena_of_a_chain_holds_two_neighbours() -> None:
    facts = read_model(DENSE, "dense")
    # 8 -> 16 -> 3 bytes, each rounded up to 16: two at a time.
    assert facts.arena_bytes == 32
    assert facts.macs == 8 * 16 + 16 * 3


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"not a model at all")
    with pytest.raises(ModelInvalid, match=r"not a \.tflite model"):
        read_model(path.read_bytes(), str(path))


def test_a_model_cut_short_says_so(tmp_path: Path) -> None:
    whole = resolve_model("kws-ds-cnn").content
    for share in (0.999, 0.9, 0.5, 0.1):
        with pytest.raises(ModelInvalid, match="damaged or cut short"):
            read_model(whole[: int(len(whole) * share)], "model.tflite")


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_model_never_raises_anything_else(data: st.DataObject) -> None:
    content = bytearray(DENSE)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(8, len(content)))
    try:
        read_model(bytes(content[:cut]), "model.tflite")
    except EdgebenchError as error:
        assert "model.tflite" in str(error) or "tensor" in str(error)


def test_old_op_codes_are_read_from_the_deprecated_byte() -> None:
    model = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("LOGISTIC", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    # As converters wrote it before the field was widened: the new field is left at 0, ADD.
    table = schema().ModelT.InitFromObj(schema().Model.GetRootAs(model.to_bytes(), 0))
    table.operatorCodes[0].builtinCode = 0
    builder = flatbuffers.Builder(0)
    builder.Finish(table.Pack(builder), FILE_IDENTIFIER)
    assert [op.name for op in read_model(bytes(builder.Output()), "m").ops] == ["LOGISTIC"]


def test_a_custom_op_is_known_by_its_own_name() -> None:
    model = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("CUSTOM", ("a",), ("b",), custom="MyOp")],
        ["a"],
        ["b"],
    )
    assert read_model(model.to_bytes(), "m").custom_ops == ("MyOp",)


def test_the_schema_s_memory_is_given_back_unless_others_use_it() -> None:
    code = (
        "import sys\n"
        "from edgebench.models.resolve import resolve_model\n"
        "from edgebench.models.tflite.flatbuffer.schema import forget_schema, schema\n"
        "def is_loaded(): return 'ai_edge_litert.schema_py_generated' in sys.modules\n"
        "assert len(resolve_model('kws-ds-cnn').facts.ops) == 13 and is_loaded()\n"
        "forget_schema()\n"
        "assert not is_loaded()\n"
        "assert len(resolve_model('digits-resnet8').facts.ops) > 13 and is_loaded()\n"
        "forget_schema()\n"
        "from ai_edge_litert import schema_py_generated\n"
        "assert schema() is schema_py_generated\n"
        "forget_schema()\n"
        "assert is_loaded()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
