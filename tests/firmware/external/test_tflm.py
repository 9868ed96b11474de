"""TensorFlow Lite Micro of a checkout as an engine: TFLM_DIR says where there is one."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from edgebench.boards.card import board_card
from edgebench.cli.commands.hardware.deploy import command
from edgebench.cli.options.firmware import engine_arguments, engine_option
from edgebench.device.conversation import Identity
from edgebench.device.messages import Extensions
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.firmware.building.compiling import run_tool
from edgebench.firmware.building.engine_objects import CXX_FLAGS, SUPPORT
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.c_files import firmware_folder
from edgebench.firmware.emitting.header import header
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.external.tflm import DOWNLOADS, NEEDED, RESOLVER, tflm_engine
from edgebench.harness.devices.deploy import running
from edgebench.models.resolve import resolve_model
from tests.firmware.compiled import compiled

BOARD = "mps2-an386"
RESOLVING = """
  TfLiteStatus AddConv2D(
      const TFLMRegistration& registration = Register_CONV_2D()) {
    return AddBuiltin(BuiltinOperator_CONV_2D, registration, ParseConv2D);
  }
"""


@pytest.mark.skipif(
    "TFLM_DIR" not in os.environ or shutil.which("arm-none-eabi-g++") is None,
    reason="TFLM_DIR names no checkout of tflite-micro, or arm-none-eabi-g++ is not installed",
)
@pytest.mark.parametrize("kind", ["tflm", "tflm-reference"])
def test_tflm_computes_on_an_emulated_board(kind: str, tmp_path: Path) -> None:
    model = resolve_model("kws-ds-cnn")
    options = ImageOptions(engine=f"{kind}:{os.environ['TFLM_DIR']}")
    image = build_image(model, board_card(BOARD), options)
    assert image.engine.startswith("tflm")
    shape = model.facts.inputs[0].shape
    values = np.random.default_rng(0).integers(-128, 128, shape).astype(np.int8)
    with running(image, None) as device:
        assert device.identity.engine == image.engine
        assert device.identity.extensions is not None
        assert 0 < int(device.identity.extensions.values["arena"]) < image.ram_bytes
        device.load(values.tobytes())
        (output,) = device.infer(1, 0).outputs
    np.testing.assert_array_equal(
        np.frombuffer(output, np.int8), compiled(model, tmp_path)(values.ravel())
    )


STUB = {
    "micro_interpreter.h": """
#include <cstddef>
#include <cstdint>
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
struct TfLiteTensor { union { char *raw; int8_t *int8; } data; };
namespace tflite {
struct Model {};
struct MicroOpResolver {};
class MicroInterpreter {
public:
    MicroInterpreter(const Model *model, const MicroOpResolver &resolver, uint8_t *arena,
                     size_t arena_bytes);
    TfLiteStatus AllocateTensors();
    TfLiteStatus Invoke();
    TfLiteTensor *input(size_t index);
    TfLiteTensor *output(size_t index);
    size_t arena_used_bytes() const;
};
}
""",
    "micro_mutable_op_resolver.h": """
namespace tflite {
template <unsigned int ops> struct MicroMutableOpResolver : MicroOpResolver {
    TfLiteStatus AddConv2D();
};
}
""",
    "../schema/schema_generated.h": """
namespace tflite {
const Model *GetModel(const void *bytes);
}
""",
}
"""The part of TFLM's interface that the adapter uses, as its headers declare it."""


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
def test_the_adapter_compiles_against_what_it_uses_of_tflm(
    dense_tflite: Path, tmp_path: Path
) -> None:
    folder = checkout(tmp_path / "checkout", *NEEDED)
    (folder / RESOLVER).write_text(RESOLVING.replace("CONV_2D", "FULLY_CONNECTED"))
    model = resolve_model(str(dense_tflite))
    engine = tflm_engine(folder, model, is_cortex_m=False, optimized=True)
    (folder / "tensorflow/lite/schema").mkdir()
    for name, text in STUB.items():
        (folder / "tensorflow/lite/micro" / name).write_text(text)
    names = CNames()
    for name, text in {**engine.files, names.header: header(model, None, names, 0)}.items():
        (tmp_path / name).write_text(text)
    includes = [f"-I{each}" for each in (tmp_path, *engine.includes, firmware_folder() / SUPPORT)]
    run_tool(["g++", *CXX_FLAGS, "-fsyntax-only", *includes, *map(str, engine.sources)])


def test_headers_of_tflm_and_of_its_downloads_are_depended_on(
    dense_tflite: Path, tmp_path: Path
) -> None:
    folder = checkout(tmp_path / "checkout", *NEEDED)
    (folder / RESOLVER).write_text(RESOLVING.replace("CONV_2D", "FULLY_CONNECTED"))
    kept = tmp_path / "kept"
    shutil.move(folder / DOWNLOADS, kept)
    (folder / DOWNLOADS).symlink_to(kept)
    headers = [folder / "tensorflow/compiler/a.h", folder / DOWNLOADS / "ruy/ruy/ruy.h"]
    for each in headers:
        each.parent.mkdir()
        each.write_text("")
    model = resolve_model(str(dense_tflite))
    found = tflm_engine(folder, model, is_cortex_m=False, optimized=True)
    assert {folder / RESOLVER, *headers} == set(found.included)


def checkout(folder: Path, *downloads: str) -> Path:
    resolver = folder / RESOLVER
    resolver.parent.mkdir(parents=True)
    resolver.write_text(RESOLVING)
    for each in downloads:
        (folder / DOWNLOADS / each).mkdir(parents=True)
    return folder


def test_what_a_checkout_lacks_is_named(tmp_path: Path) -> None:
    model = resolve_model("kws-ds-cnn")

    def build(folder: Path) -> None:
        build_host(model, HostOptions(engine=f"tflm:{folder}"))

    with pytest.raises(UsageError, match="is no checkout of tflite-micro: it has no tensorflow/"):
        build(tmp_path)
    with pytest.raises(UsageError, match="lacks gemmlowp, ruy, which TFLM's headers need: `make"):
        build(checkout(tmp_path / "bare", "flatbuffers"))
    with pytest.raises(ModelNotSupported, match="has no AVERAGE_POOL_2D, DEPTHWISE_CONV_2D, FULLY"):
        build(checkout(tmp_path / "small", *NEEDED))


@pytest.mark.parametrize(
    ("is_cortex_m", "optimized", "name"),
    [(True, True, "tflm-cmsis-nn"), (False, True, "tflm"), (True, False, "tflm")],
)
def test_cmsis_nn_is_taken_where_it_is_there_and_said(
    is_cortex_m: bool, optimized: bool, name: str, tmp_path: Path
) -> None:
    folder = checkout(tmp_path, *NEEDED, "cmsis", "cmsis_nn")
    model = resolve_model("kws-ds-cnn")
    added = "TfLiteStatus Add{0}() {{ return AddBuiltin(BuiltinOperator_{0}, x); }}\n"
    (folder / RESOLVER).write_text("".join(added.format(op.name) for op in model.facts.ops))
    kernels = folder / "tensorflow/lite/micro/kernels"
    files = {
        "conv.cc": '#include "tensorflow/lite/micro/kernels/conv.h"\nTFLMRegistration '
        "Register_CONV_2D() {}\n",
        "conv_common.cc": '#include "tensorflow/lite/micro/kernels/padding.h"\n',
        "padding.cc": "int x;\n",
        "svdf.cc": "TFLMRegistration Register_SVDF() {}\n",
        "conv_test.cc": "int y;\n",
        "cmsis_nn/conv.cc": "int z;\n",
    }
    for file, text in files.items():
        (kernels / file).parent.mkdir(parents=True, exist_ok=True)
        (kernels / file).write_text(text)
    found = tflm_engine(folder, model, is_cortex_m=is_cortex_m, optimized=optimized)
    assert found.name == name
    faster = "cmsis_nn/" if found.name.endswith("nn") else ""
    compiled = {str(each.relative_to(kernels)) for (each,) in found.library[1:]}
    assert compiled == {f"{faster}conv.cc", "conv_common.cc", "padding.cc"}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--engine", "tflm"), "--engine tflm needs --tflm DIR: your checkout"),
        (("--tflm", "somewhere"), "--tflm is for --engine tflm"),
    ],
)
def test_an_engine_and_its_checkout_are_named_together(asked: tuple[str, ...], says: str) -> None:
    result = CliRunner().invoke(command, ["kws-ds-cnn", *asked], env={"TFLM_DIR": None})
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)


def test_how_much_of_its_arena_an_engine_uses_is_heard() -> None:
    for values, arena in (({"arena": "22916"}, 22_916), ({"arena": "0"}, 0), ({}, None)):
        assert Identity("board", extensions=Extensions(1, values)).arena_bytes == arena


@pytest.mark.parametrize(
    "engine", ["edgebench", "c:my engine", "tflm:/opt/tflite micro", "tflm-reference:~/tflm"]
)
def test_what_is_printed_to_type_names_the_same_engine(engine: str) -> None:
    named = click.Command("named")
    engine_option(named)
    line = shlex.join(engine_arguments(engine))
    context = named.make_context("named", shlex.split(line))
    assert context.params["engine"] == engine
