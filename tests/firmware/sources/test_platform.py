"""What the C asks of a processor is checked while it is compiled."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.firmware.c_files import CORE, KERNELS, include_flags


def compile_header(compiler: list[str], folder: Path) -> str:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed (`make test` installs it)")
    source = folder / "one.c"
    source.write_text('#include "eb_kernels.h"\n')
    includes = include_flags(*CORE, *KERNELS["portable"])
    done = subprocess.run(
        [*compiler, *includes, "-c", str(source), "-o", str(folder / "one.o")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == ("error" not in done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    "compiler",
    [
        ["arm-none-eabi-gcc", "-mbig-endian"],
        ["clang", "--target=armeb-none-eabi", "-ffreestanding"],
        ["clang", "--target=mips-unknown-linux", "-ffreestanding"],
    ],
)
def test_a_big_endian_processor_is_refused(compiler: list[str], tmp_path: Path) -> None:
    assert "edgebench: the processor must be little-endian" in compile_header(compiler, tmp_path)


@pytest.mark.parametrize("target", ["avr", "msp430"])
def test_an_int_of_16_bits_is_refused(target: str, tmp_path: Path) -> None:
    compiler = ["clang", f"--target={target}", "-ffreestanding"]
    assert "edgebench: int must have 32 bits" in compile_header(compiler, tmp_path)


@pytest.mark.parametrize("compiler", [["gcc"], ["clang"], ["arm-none-eabi-gcc", "-mcpu=cortex-m0"]])
def test_what_is_supported_compiles(compiler: list[str], tmp_path: Path) -> None:
    assert compile_header([*compiler, "-Wall", "-Wextra", "-Werror"], tmp_path) == ""
