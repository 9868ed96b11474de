"""Damaged and foreign files: every reader of a .tflite ends well or with one clear error."""

from __future__ import annotations

import base64
import codecs
import gzip
import io
import pickle
import random
import struct
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest

from edgebench.errors import EdgebenchError, ModelInvalid, ModelNotFound
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.reading.network import why_not_compiled
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.describe import to_json
from edgebench.models.interpret import Interpreted
from edgebench.models.prefix import prefix_of
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.flatbuffer.reading import FILE_IDENTIFIER, unpacked
from edgebench.models.tflite.flatbuffer.rewrite import packed
from edgebench.models.tflite.flatbuffer.schema import schema
from edgebench.models.tflite.flatbuffer.verify import verify
from edgebench.models.tflite.inspect import read_model
from edgebench.models.tflite.tensors import Quantization
from edgebench.models.tflite.width import width_of
from tests.models.made_models import dense_model

MODELS = (
    "kws-ds-cnn-w50-qat:int8",
    "digits-resnet8-w50-p25-qat:int8",
    "scene-mobilenet-w75:int8",
    "kws-ds-cnn:float32",
    "rm1-edge:int4-tables",
)
MUTATIONS = 400
"""Of each model: 2,000 in all."""
BIG = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a model with bytes changed, numbers made extreme, or parts left out."""
    changed = bytearray(content)
    # A flatbuffer's tables lie at its end, the weights in front.
    structure = max(8, len(changed) - 24_000)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(8 if rng.random() < 0.3 else structure, len(changed) - 4)
        match rng.randrange(4):
            case 0:
                changed[place] = rng.randrange(256)
            case 1:
                changed[place] ^= 1 << rng.randrange(8)
            case 2:
                number = rng.choice((*BIG, len(changed), len(changed) - place))
                changed[place : place + 4] = struct.pack("<I", number)
            case _:
                del changed[place : place + rng.randrange(1, 64)]
    end = rng.randrange(8, len(changed)) if rng.random() < 0.1 else len(changed)
    return bytes(changed[:end])


def readers(content: bytes) -> dict[str, Callable[[], object]]:
    model = Model("m", "v", Path("m.tflite"), "0" * 64, content, None)
    return {
        "inspect": lambda: read_model(content, "m.tflite"),
        "describe": lambda: to_json(model, why_not_compiled(model)),
        "width": lambda: width_of(model.facts),
        "unpacked": lambda: unpacked(content, "m.tflite"),
        "written again": lambda: packed(unpacked(content, "m.tflite")),
        "prefix": lambda: prefix_of(model, 1),
        "firmware": lambda: emit(model),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_no_mutation_of_a_model_ends_in_a_traceback(name: str) -> None:
    content = resolve_model(name).content
    rng = random.Random(f"{name}, {MUTATIONS}")
    ends: Counter[str] = Counter()
    for _ in range(MUTATIONS):
        for what, read in readers(mutated(content, rng)).items():
            try:
                read()
                ends[f"{what} read"] += 1
            except EdgebenchError as error:
                ends[f"{what} refused"] += 1
                assert str(error)
    # Both ends were met: the mutations are neither all fatal nor all harmless.
    assert min(ends["inspect read"], ends["inspect refused"]) > MUTATIONS / 20, ends


def test_damage_is_said_with_its_byte_and_its_path(tmp_path: Path) -> None:
    content = bytearray(dense_model((8, 16, 3)).to_bytes())
    place = content.index(b"dense0/w")
    content[place] = 0xFF
    with pytest.raises(ModelInvalid, match=rf"at byte {place}, `subgraphs\[0\].tensors\[1\].name`"):
        read_model(bytes(content), "m.tflite")
    with pytest.raises(ModelInvalid, match=r"m\.tflite: .*subgraphs\[0\].*SHA-256"):
        unpacked(bytes(content), "m.tflite")


def test_parts_that_lie_in_one_another_are_not_all_read() -> None:
    """A file of 100 kB whose 500 buffers are all the same bytes: 50 MB to whoever reads on."""
    s = schema()
    builder = flatbuffers.Builder(1024)
    data = builder.CreateByteVector(bytes(100_000))
    buffers = []
    for _ in range(500):
        s.BufferStart(builder)
        s.BufferAddData(builder, data)
        buffers.append(s.BufferEnd(builder))
    s.ModelStartBuffersVector(builder, len(buffers))
    for each in buffers:
        builder.PrependUOffsetTRelative(each)
    listed = builder.EndVector()
    s.ModelStart(builder)
    s.ModelAddBuffers(builder, listed)
    builder.Finish(s.ModelEnd(builder), FILE_IDENTIFIER)
    with pytest.raises(ModelInvalid, match=r"`buffers\[\d+\].data`: its parts lie in one another"):
        read_model(bytes(builder.Output()), "m")


def zipped(*names: str) -> bytes:
    """Return an archive with members of those names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in names:
            file.writestr(name, b"x")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "`git lfs pull`"),
        (b"\n\n<!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<HTML>", "a web page"),
        (b'<?xml version="1.0"?><Error/>', "an XML document"),
        (gzip.compress(b"x" * 100, mtime=0), "`gunzip`"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras model"),
        (b"\x93NUMPY\x01\x00", "a numpy array"),
        (bytes(257) + b"ustar" + bytes(300), "`tar xf`"),
        (b"PK\x03\x04" + bytes(100), "a damaged one"),
        (b"\x08\x07\x12\x07pytorch\x1a\x051.8:\x00" + bytes(100), "an ONNX model"),
        (b"\x08\x0a:\xd0\x10\x0a" + bytes(100), "an ONNX model"),
        (b"\x08\x01\x12\xd0\x10\x0a\x08" + bytes(100), "a TensorFlow SavedModel"),
        (b"\x1c\x00\x00\x00ET12" + bytes(100), "an ExecuTorch program"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a picture (JPEG)"),
        (b"GGUF\x03\x00\x00\x00", "a language model of llama.cpp"),
        (zipped("archive/data.pkl", "archive/data/0"), "a PyTorch model"),
        (zipped("config.json", "model.weights.h5"), "a Keras model"),
        (zipped("readme.txt"), "without a .tflite in it"),
        (b"<!-- saved from url -->\n<html>", "a web page"),
        (codecs.BOM_UTF16_LE + "<!DOCTYPE html>".encode("utf-16-le"), "a web page"),
        (b"Entry not found", "a text ('Entry not found'); fetch the file itself"),
        (b'{"error": "Repository not found"}', 'a text (\'{"error": "Repository'),
        (b"\xc3\xa9 " * 100, "a text ("),
        (b"const unsigned char g_model[] = {\n  0x1c, 0x00,", "C source with a file's bytes"),
        (b"  0x1c, 0x00, 0x00, 0x00,\n" * 9, "C source with a file's bytes"),
        (b"1c000000 54464c33\n" * 9, "`xxd -r -p`"),
        (base64.encodebytes(bytes(range(256)) * 9), "`base64 -d`"),
        (bytes(5000), "a file of zeros"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "`7z x`"),
        (b"Rar!\x1a\x07\x00" + bytes(50), "`unrar x`"),
        (b"\x04\x22\x4d\x18" + bytes(50), "`unlz4`"),
        (pickle.dumps({"weights": 1}), "a pickle of Python"),
        (b"\x16\0\0\0\0\0\0\0" + b'{"a": {"dtype": "F32"}}' + bytes(9), "safetensors"),
        (b"\x1c\0\0\0ORTM" + bytes(50), "an ONNX Runtime model"),
        (b"\x1c\0\0\0CIR0" + bytes(50), "a Circle model"),
        (b"UF2\nWQ]\x9e" + bytes(50), "firmware (UF2)"),
        (b":020000040800F2\n:10000000", "firmware (Intel HEX)"),
        (b"MZ\x90\x00" + bytes(50), "(Windows)"),
        (bytes(range(100)), "bytes 4 to 8 are not TFL3"),
        (b"\x1c\0\0\0TFL2" + bytes(range(100)), "bytes 4 to 8 are not TFL3"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelInvalid, match=r"not a \.tflite model: ") as raised:
        resolve_model(str(path))
    assert says in str(raised.value)
    assert "damaged or cut short" not in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "is empty"),
        ("https://example.com/m.tflite", "is an address; download the file"),
        ("/dev/zero", "is no regular file"),
        ("/tmp", "is a folder"),
    ],
)
def test_what_is_no_file_is_called_what_it_is(spec: str, says: str) -> None:
    with pytest.raises(ModelNotFound, match=says):
        resolve_model(spec)


def test_the_models_in_a_task_bundle_are_named() -> None:
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        for name in ("detector.tflite", "landmarks.tflite", "labels.txt"):
            archive.writestr(name, b"x")
    with pytest.raises(
        ModelInvalid, match=r"\.task bundle.*: detector\.tflite, landmarks\.tflite$"
    ):
        read_model(bundle.getvalue(), "hand.task")


# -- files that are odd but sound -----------------------------------------------------------------


def changed(model: NewModel, change: Callable[[Any], None]) -> bytes:
    table = unpacked(model.to_bytes(), "m")
    change(table)
    return packed(table)


def as_model(content: bytes) -> Model:
    return Model("odd", "v", Path("odd.tflite"), "0" * 64, content, None)


def test_a_channel_that_was_pruned_away_may_have_the_scale_0() -> None:
    def prune(table: Any) -> None:
        weights = table.subgraphs[0].tensors[1]
        weights.quantization.scale, weights.quantization.zeroPoint = [0.01, 0.0, 0.01], [0] * 3

    content = changed(dense_model((8, 3), "int8"), prune)
    quantization = read_model(content, "m").tensors[1].quantization
    assert quantization == Quantization(pytest.approx((0.01, 0.0, 0.01)), (0, 0, 0))  # type: ignore[arg-type]


def test_an_activation_of_scale_0_is_damage() -> None:
    def flatten(table: Any) -> None:
        table.subgraphs[0].tensors[0].quantization.scale = [0.0]

    with pytest.raises(ModelInvalid, match=r"tensors\[0\]`, an activation, has the scale 0"):
        read_model(changed(dense_model((8, 3), "int8"), flatten), "m")


def test_a_size_that_only_running_tells_is_no_damage() -> None:
    def free(table: Any) -> None:
        table.subgraphs[0].tensors[3].shape = [-1, 3]

    output = read_model(changed(dense_model((8, 3)), free), "m").outputs[0]
    assert (output.shape, output.shape_signature) == ((1, 3), (-1, 3))


def behind(content: bytes) -> bytes:
    """Return a model with the data of its buffers behind the flatbuffer, as large models have."""
    table = unpacked(content, "m")
    data = [None if each.data is None else bytes(bytearray(each.data)) for each in table.buffers]
    size = 0
    for _ in range(2):  # once to learn how long the flatbuffer is
        start, tail = size, b""
        for buffer, each in zip(table.buffers, data, strict=True):
            buffer.data = None
            if each:
                tail += bytes(-(start + len(tail)) % 16)
                buffer.offset, buffer.size = start + len(tail), len(each)
                tail += each
            # Numbers of the same width whatever they are: the length must not change.
        builder = flatbuffers.Builder(1024)
        builder.ForceDefaults(True)
        builder.Finish(table.Pack(builder), FILE_IDENTIFIER)
        head = bytes(builder.Output())
        size = len(head)
    assert start == size
    return head + tail


@pytest.mark.parametrize("name", ["kws-ds-cnn:int8", "kws-ds-cnn:float32"])
def test_data_behind_the_flatbuffer_are_the_same_data(name: str) -> None:
    plain = resolve_model(name)
    moved = as_model(behind(plain.content))
    assert moved.facts.weight_bytes == plain.facts.weight_bytes
    assert moved.facts.tensors == plain.facts.tensors
    again = as_model(packed(unpacked(moved.content, "m")))
    sample = (np.full(plain.facts.inputs[0].sample_shape, 0.5, np.float32),)
    outputs = [Interpreted(each).run(sample)[0] for each in (plain, moved, again)]
    assert np.array_equal(outputs[0], outputs[1])
    assert np.array_equal(outputs[0], outputs[2])
    with pytest.raises(ModelInvalid, match=r"`buffers\[\d+\]`: .* bytes from byte .* end outside"):
        read_model(moved.content[:-100], "m")


def test_the_firmware_of_data_behind_the_flatbuffer_is_the_same() -> None:
    plain = resolve_model("kws-ds-cnn:int8")
    moved = Model("kws-ds-cnn", "int8", plain.path, plain.sha256, behind(plain.content), plain.card)
    assert emit(moved).files == emit(plain).files


def test_the_weights_of_a_damaged_recommendation_model_are_refused() -> None:
    model = resolve_model("dlrm-edge:float32")

    def cut(table: Any) -> None:
        tensor = next(each for each in table.subgraphs[0].tensors if each.name == b"table0")
        table.buffers[tensor.buffer].data = np.zeros(4, np.uint8)

    table = unpacked(model.content, "m")
    cut(table)
    with pytest.raises(ModelInvalid, match="`table0` has 4 bytes for 4,096 values"):
        read_weights(as_model(packed(table)), geometry_of("dlrm-edge"))


def test_all_packaged_models_are_whole() -> None:
    for path in Path(resolve_model("kws-ds-cnn").path).parents[1].rglob("*.tflite"):
        verify(path.read_bytes())


def test_an_op_without_what_it_needs_is_named() -> None:
    model = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("CONV_2D", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    with pytest.raises(ModelInvalid, match=r"operators\[0\]`, CONV_2D, lacks a tensor or"):
        read_model(model.to_bytes(), "m")
