"""Generated C of random models, with address and undefined-behaviour sanitizers.

A model is compiled into a program with the kernels; what it gives must be the reference's bytes.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.building.compiling import host_compiler
from edgebench.firmware.c_files import CORE, include_flags, sources
from edgebench.firmware.emitting.source import emit
from edgebench.models.build import NewModel
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.compiled import by_tflm
from tests.firmware.layers.drawn import Drawn, inputs_for
from tests.firmware.layers.single_layers import OPS

FLAGS = (
    "-std=c99",
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)
NO_REFERENCE = frozenset({"relu6"})
"""TFLM forgets that a RELU6 may change the scale; these are run, and compared elsewhere."""
RANDOM_INPUTS = 3
MAIN = """\
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "eb_model.h"

/* Of the size that they have and no more, so that a byte too far is seen. */
int main(void)
{
    int8_t *input = malloc(EB_MODEL_INPUT_BYTES);
    int8_t *output = malloc(EB_MODEL_OUTPUT_BYTES);
    while (fread(input, 1, EB_MODEL_INPUT_BYTES, stdin) == EB_MODEL_INPUT_BYTES) {
        eb_model_invoke(input, output);
        fwrite(output, 1, EB_MODEL_OUTPUT_BYTES, stdout);
    }
    free(input);
    free(output);
    return 0;
}
"""


def drawn_model(op: str, seed: int) -> tuple[NewModel, np.random.Generator]:
    """Return a random model of an op, and random numbers for its inputs."""
    draw = Drawn(random.Random(seed).randint)
    return OPS[op](draw), draw.rng


def compile_kernels(folder: Path) -> Path:
    """Compile what all networks call into one object file, and return it."""
    kernels = folder / "kernels.o"
    _build("-r", "-nostdlib", *_includes(folder), *map(str, sources("kernels")), "-o", str(kernels))
    return kernels


def check_network(op: str, seed: int, folder: Path, kernels: Path) -> None:
    """Compile and run a random model with kernels of `compile_kernels`.

    Raises
    ------
    AssertionError
        If a sanitizer finds something, or an output is not the reference's.
    """
    made, rng = drawn_model(op, seed)
    path = folder / "random.tflite"
    path.write_bytes(made.to_bytes())
    model = resolve_model(str(path))
    inputs = inputs_for(made, RANDOM_INPUTS, rng)
    outputs = _run(model, inputs, folder, kernels)
    if op not in NO_REFERENCE:
        reference = by_tflm(model)
        for values, found in zip(inputs, outputs, strict=True):
            np.testing.assert_array_equal(found, reference(values), f"{op}, seed {seed}")


def _build(*words: str) -> None:
    built = subprocess.run(
        [host_compiler(), *FLAGS, *words], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr


def _includes(folder: Path) -> list[str]:
    return [*include_flags(*CORE, "kernels"), f"-I{folder}"]


def _run(
    model: Model, inputs: Sequence[NDArray[Any]], folder: Path, kernels: Path
) -> list[NDArray[Any]]:
    for name, text in emit(model).files.items():
        (folder / name).write_text(text)
    (folder / "main.c").write_text(MAIN)
    program = folder / "network"
    files = map(str, (folder / "eb_model.c", folder / "main.c", kernels))
    _build(*_includes(folder), *files, "-o", str(program))
    done = subprocess.run(
        [str(program)],
        input=b"".join(np.ascontiguousarray(each).tobytes() for each in inputs),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    output = model.facts.outputs[0]
    return list(np.frombuffer(done.stdout, output.dtype).reshape(len(inputs), -1))
