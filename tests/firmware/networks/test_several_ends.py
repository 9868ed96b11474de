"""Networks of several inputs and outputs: C, an exported project, and a device on a line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edgebench
from edgebench.firmware.building.compiling import host_compiler, run_tool
from edgebench.firmware.building.export import export
from edgebench.firmware.emitting.several_inputs_outputs import member_names
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import all_by_reference, all_by_tflm, all_compiled

STEP, OTHER = Quantization((0.1,), (3,)), Quantization((0.05,), (-5,))
SAMPLES = 5


def mixed(folder: Path) -> Model:
    """Two inputs of different types; five outputs, of which three have values of another tensor."""
    tensors = [
        NewTensor("image:0", (1, 5), "int8", STEP),
        NewTensor("real", (1, 5), "float32"),
        NewTensor("unused", (1, 3), "int8", STEP),
        NewTensor("stored", (1, 5), "int8", OTHER),
        NewTensor("sum", (1, 5), "int8", STEP),
        NewTensor("column", (5, 1), "int8", STEP),
        NewTensor("again", (5,), "int8", STEP),
        NewTensor("copy", (5, 1), "int8", STEP),
        NewTensor("back", (1, 5), "float32"),
    ]
    ops = [
        NewOp("QUANTIZE", ("real",), ("stored",), ("Quantize", {})),
        NewOp("ADD", ("image:0", "stored"), ("sum",), ("Add", {})),
        NewOp("RESHAPE", ("sum",), ("column",), ("Reshape", {"newShape": [5, 1]})),
        NewOp("RESHAPE", ("column",), ("again",), ("Reshape", {"newShape": [5]})),
        NewOp("RESHAPE", ("image:0",), ("copy",), ("Reshape", {"newShape": [5, 1]})),
        NewOp("DEQUANTIZE", ("sum",), ("back",), ("Dequantize", {})),
    ]
    outputs = ["again", "sum", "copy", "back", "image:0"]
    path = folder / "mixed.tflite"
    path.write_bytes(NewModel(tensors, ops, ["image:0", "real", "unused"], outputs).to_bytes())
    return resolve_model(str(path))


def inputs_of(count: int) -> list[tuple[NDArray[np.generic], ...]]:
    rng = np.random.default_rng(1)
    return [
        (
            rng.integers(-128, 128, (1, 5)).astype(np.int8),
            rng.uniform(-8, 8, (1, 5)).astype(np.float32),
            np.zeros((1, 3), np.int8),
        )
        for _ in range(count)
    ]


@pytest.mark.tflite_runtime
def test_every_output_has_the_references_bytes(tmp_path: Path) -> None:
    model = mixed(tmp_path)
    ours = all_compiled(model, tmp_path)
    for oracle in (all_by_reference(model), all_by_tflm(model)):
        for values in inputs_of(SAMPLES):
            for mine, theirs in zip(ours(*values), oracle(*values), strict=True):
                np.testing.assert_array_equal(mine, theirs)


PROGRAM = """
#include <stdio.h>
#include "mixed.h"

MIXED_ALIGNED static struct mixed_inputs inputs = {.image_0 = {1, 2, 3, 4, 5}};
MIXED_ALIGNED static struct mixed_outputs outputs;

int main(void)
{
    inputs.real[4] = 2.0F;
    mixed_run(&inputs, &outputs);
    for (int i = 0; i < 5; i++) {
        printf("%d %d %g %d\\n", outputs.sum[i], outputs.copy[i], outputs.back[i],
               outputs.image_0[i]);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Path]:
    """The model, and the folder of its exported project with the library built."""
    folder = tmp_path_factory.mktemp("exported")
    model = mixed(folder)
    export(model, "make", folder / "out")
    run_tool(["make", "-C", str(folder / "out"), "CFLAGS=-O0 -Wall -Werror -std=c99"])
    return model, folder / "out"


@pytest.mark.parametrize("language", ["c", "c++"])
def test_an_exported_network_has_a_member_for_each_input_and_output(
    language: str, exported: tuple[Model, Path], tmp_path: Path
) -> None:
    model, out = exported
    program = tmp_path / "program"
    text = PROGRAM.replace(".image_0 = ", "") if language == "c++" else PROGRAM
    words = [host_compiler(), "-x", language, "-Werror", "-Wall", f"-I{out / 'src'}", "-"]
    link = ["-x", "none", str(out / "build/libmixed.a"), "-o", str(program)]
    subprocess.run([*words, *link], input=text, text=True, check=True, timeout=300)
    printed = subprocess.run([program], capture_output=True, text=True, check=True, timeout=60)
    image, real = np.arange(1, 6, dtype=np.int8), np.array([0, 0, 0, 0, 2], np.float32)
    mine = all_compiled(model, tmp_path)(image, real, np.zeros(3, np.int8))
    _, total, copy, back, same = mine
    rows = [line.split() for line in printed.stdout.splitlines()]
    np.testing.assert_array_equal([int(row[0]) for row in rows], total)
    np.testing.assert_array_equal([int(row[1]) for row in rows], copy)
    np.testing.assert_allclose([float(row[2]) for row in rows], back, rtol=1e-5)
    np.testing.assert_array_equal([int(row[3]) for row in rows], same)


WORDS = (
    "alignas co_await concept const_cast constinit decltype int16_t mutable noexcept requires "
    "static_assert static_cast thread_local typeof xor errno linux stdout unix"
)


@pytest.mark.parametrize("words", [("c", "gnu99"), ("c++", "gnu++20")], ids=lambda each: each[1])
def test_a_member_is_no_word_of_a_compilers(words: tuple[str, str]) -> None:
    language, standard = words
    members = [f"    int16_t {name}[1];" for name in member_names(WORDS.split(), "output")]
    headers = ["#include <errno.h>", "#include <stdint.h>", "#include <stdio.h>"]
    text = "\n".join([*headers, "struct outputs {", *members, "};", ""])
    command = [host_compiler(), "-x", language, f"-std={standard}", "-fsyntax-only", "-"]
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_a_device_takes_all_inputs_and_every_output_is_checked(tmp_path: Path) -> None:
    model = mixed(tmp_path)
    data = tmp_path / "data.npz"
    rng = np.random.default_rng(2)
    np.savez(
        data,
        **{
            "image:0": rng.uniform(-10, 10, (SAMPLES, 5)).astype(np.float32),
            "real": rng.uniform(-8, 8, (SAMPLES, 5)).astype(np.float32),
            "unused": np.zeros((SAMPLES, 3), np.float32),
            "labels": np.zeros(SAMPLES, np.int64),
        },
    )
    done = edgebench.run(
        device=f"emulated:{model.path}",
        dataset=str(data),
        scenarios=["singlestream"],
        modes=["accuracy"],
        out=tmp_path / "runs",
    )
    record = done.runs[0].record
    assert record.reference is not None
    assert record.reference.verdict in ("agrees", "close")
    assert record.reference.samples == SAMPLES
