"""Exported networks share one program: every name begins with the network's own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from edgebench.firmware.building.export import export
from edgebench.models.resolve import resolve_model
from tests.firmware.compiled import by_tflm
from tests.firmware.exports.test_export import run

MODELS = {"kws": "kws-ds-cnn", "sounds": "machine-autoencoder"}
"""One with convolutions and a softmax, one of dense layers."""
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
MAIN = """
#include <stdio.h>

#include "kws.h"
#include "sounds.h"

KWS_ALIGNED static int8_t kws_input[KWS_INPUT_BYTES];
KWS_ALIGNED static int8_t kws_output[KWS_OUTPUT_BYTES];
SOUNDS_ALIGNED static int8_t sounds_input[SOUNDS_INPUT_BYTES];
SOUNDS_ALIGNED static int8_t sounds_output[SOUNDS_OUTPUT_BYTES];

static void show(const int8_t *values, unsigned count)
{
    for (unsigned index = 0U; index < count; index++) {
        printf("%d ", values[index]);
    }
    printf("\\n");
}

int main(void)
{
    for (unsigned index = 0U; index < KWS_INPUT_BYTES; index++) {
        kws_input[index] = (int8_t)((int)(index % 251U) - 125);
    }
    for (unsigned index = 0U; index < SOUNDS_INPUT_BYTES; index++) {
        sounds_input[index] = (int8_t)((int)(index % 251U) - 125);
    }
    kws_invoke(kws_input, kws_output);
    sounds_invoke(sounds_input, sounds_output);
    show(kws_output, KWS_OUTPUT_BYTES);
    show(sounds_output, SOUNDS_OUTPUT_BYTES);
    return 0;
}
"""


def expected(name: str) -> list[int]:
    model = resolve_model(MODELS[name])
    values = (np.arange(model.facts.inputs[0].elements) % 251 - 125).astype(np.int8)
    return [int(each) for each in by_tflm(model)(values)]


def exported(folder: Path, board: str | None = None) -> Mapping[str, Path]:
    """Export both networks, each into a project of its own, and build their libraries."""
    found = {}
    for name, model in MODELS.items():
        export(resolve_model(model), "make", folder / name, board=board, name=name)
        run("make", "-C", folder / name, "CFLAGS=-O1")
        found[name] = folder / name / "build" / f"lib{name}.a"
    return found


def global_names(nm: str, library: Path) -> set[str]:
    rows = run(nm, "-g", "--defined-only", library).splitlines()
    return {row.split()[2] for row in rows if len(row.split()) == 3}


@pytest.mark.parametrize("language", ["c", "c++"])
@pytest.mark.parametrize("whole", [False, True], ids=["by need", "whole archives"])
def test_two_networks_run_in_one_program(language: str, whole: bool, tmp_path: Path) -> None:
    """Zephyr and Arduino link whole archives, where a name that occurs twice is an error."""
    compiler = {"c": "gcc", "c++": "g++"}[language]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed (`make test` installs it)")
    libraries = exported(tmp_path)
    source = tmp_path / {"c": "main.c", "c++": "main.cpp"}[language]
    source.write_text(MAIN)
    archives = [str(each) for each in libraries.values()]
    run(
        compiler,
        *STRICT,
        *(f"-I{tmp_path / name}/src" for name in MODELS),
        source,
        *(["-Wl,--whole-archive", *archives, "-Wl,--no-whole-archive"] if whole else archives),
        "-o",
        tmp_path / "program",
    )
    lines = run(tmp_path / "program").splitlines()
    assert [list(map(int, line.split())) for line in lines] == [
        expected("kws"),
        expected("sounds"),
    ]


@pytest.mark.parametrize(
    ("board", "nm"),
    [(None, "nm"), ("mps2-an386", "arm-none-eabi-nm"), ("mps3-an547", "arm-none-eabi-nm")],
)
def test_every_global_name_file_and_type_begins_with_the_network_s(
    board: str | None, nm: str, tmp_path: Path
) -> None:
    if shutil.which(nm) is None:
        pytest.skip(f"{nm} is not installed (`make test` installs it)")
    libraries = exported(tmp_path, board)
    for name, library in libraries.items():
        names = global_names(nm, library)
        assert f"{name}_invoke" in names
        assert {each for each in names if not each.startswith(f"{name}_")} == set()
        for path in sorted((tmp_path / name / "src").iterdir()):
            assert path.name.startswith(f"{name}_") or path.stem == name
            if path.suffix == ".h":
                check_header(path.read_text(), name)


def check_header(text: str, name: str) -> None:
    """Types, macros and functions of a header: whoever includes it gets no other names."""
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    patterns = {
        r"^\s*#\s*define\s+(\w+)": name.upper(),
        r"^(?:static inline )?(?:struct|enum|union) (\w+) \{": name,
        r"^(?:[\w*]+ )+\*?(\w+)\(": name,
        r"^\w*ALIGNED_4 static const \w+ (\w+)\[": "",
    }
    for pattern, prefix in patterns.items():
        for found in re.findall(pattern, code, flags=re.MULTILINE):
            assert found.startswith((f"{prefix}_", "layer_", "tensor_")), found
