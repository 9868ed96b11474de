"""Projects for other people's trees, built as far as the tools here go."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import UsageError
from edgebench.firmware.building.export import KINDS, export
from edgebench.firmware.emitting.names import checked_identifier, identifier_of
from edgebench.models.resolve import resolve_model
from tests.firmware.compiled import by_tflm

MODEL = "kws-ds-cnn"


def run(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected() -> list[int]:
    model = resolve_model(MODEL)
    zeros = np.zeros(model.facts.inputs[0].elements, np.int8)
    return [int(each) for each in by_tflm(model)(zeros)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_project_says_what_it_is_and_leaves_no_placeholder(kind: str, tmp_path: Path) -> None:
    made = export(resolve_model(MODEL), kind, tmp_path / "out")
    assert Path("README.md") in made.files
    assert Path("LICENSE") in made.files
    assert Path("src/kws_ds_cnn.c") in made.files
    assert made.name == "kws_ds_cnn"
    in_src = [path.name for path in made.files if path.parts[0] == "src"]
    assert all(name.startswith("kws_ds_cnn") for name in in_src)
    for path in made.files:
        text = (tmp_path / "out" / path).read_text()
        assert not re.search(r"@[A-Za-z_0-9]+@", text + str(path)), path


def steps_of(out: Path) -> list[list[str]]:
    """Return the commands that a project's README says it is built by."""
    text = (out / "README.md").read_text().partition("## Build it")[2]
    (block,) = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].split() for line in block.splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_projects_readme_has_its_own_steps(kind: str, tmp_path: Path) -> None:
    export(resolve_model(MODEL), kind, tmp_path / "out")
    tool = {"arduino": "arduino-cli", "zephyr": "west"}.get(kind, kind)
    assert steps_of(tmp_path / "out")[0][0] == tool


def test_a_make_project_is_built_and_computes(tmp_path: Path) -> None:
    export(resolve_model(MODEL), "make", tmp_path / "out")
    *built, started = steps_of(tmp_path / "out")
    for step in built:
        run(*step, "CFLAGS=-O1", cwd=tmp_path / "out")
    assert list(map(int, run(tmp_path / "out" / started[0]).split())) == expected()


def test_a_cmake_project_is_built_and_computes(tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed (`make test` installs it)")
    export(resolve_model(MODEL), "cmake", tmp_path / "out")
    *built, started = steps_of(tmp_path / "out")
    for step in built:
        run(*step, cwd=tmp_path / "out")
    assert list(map(int, run(tmp_path / "out" / started[0]).split())) == expected()


@pytest.mark.parametrize("kind", ["make", "cmake"])
def test_a_project_for_a_board_has_its_kernels(kind: str, tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed (`make test` installs it)")
    out = tmp_path / "out"
    export(resolve_model(MODEL), kind, out, board="nucleo-l4r5zi")
    if kind == "make":
        run("make", "-C", out)
        library = out / "build/libkws_ds_cnn.a"
    else:
        flags = "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard"
        run(
            "cmake",
            "-B",
            "build",
            "-DCMAKE_SYSTEM_NAME=Generic",
            "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
            "-DCMAKE_ASM_COMPILER=arm-none-eabi-gcc",
            f"-DCMAKE_C_FLAGS={flags}",
            f"-DCMAKE_ASM_FLAGS={flags}",
            "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
            cwd=out,
        )
        run("cmake", "--build", "build", cwd=out)
        library = out / "build/libkws_ds_cnn.a"
    assert " T kws_ds_cnn_eb_dsp_conv_2d" in run("arm-none-eabi-nm", library)


def test_a_zephyr_module_has_what_west_looks_for_and_compiles(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(resolve_model(MODEL), "zephyr", out)
    assert "kconfig: zephyr/Kconfig" in (out / "zephyr/module.yml").read_text()
    assert "config EDGEBENCH_KWS_DS_CNN" in (out / "zephyr/Kconfig").read_text()
    assert "CONFIG_EDGEBENCH_KWS_DS_CNN=y" in (out / "samples/run/prj.conf").read_text()
    stubs = tmp_path / "zephyr"
    (stubs / "sys").mkdir(parents=True)
    (stubs / "kernel.h").write_text(
        "#include <stdint.h>\nuint32_t k_cycle_get_32(void);\nvoid k_sleep(int);\n"
        "#define K_SECONDS(n) (n)\n"
    )
    (stubs / "sys/printk.h").write_text("int printk(const char *format, ...);\n")
    run(
        "gcc",
        "-std=gnu11",
        "-Wall",
        "-Werror",
        f"-I{tmp_path}",
        f"-I{out}/src",
        "-c",
        out / "samples/run/src/main.c",
        "-o",
        tmp_path / "main.o",
    )
    for path in sorted((out / "src").glob("*.c")):
        run("gcc", "-std=c99", "-Wall", "-Werror", "-c", path, "-o", tmp_path / "one.o")


def test_an_arduino_library_has_its_layout_and_its_sketch_compiles(tmp_path: Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler is installed")
    out = tmp_path / "out"
    export(resolve_model(MODEL), "arduino", out)
    properties = dict(
        line.split("=", 1) for line in (out / "library.properties").read_text().splitlines()
    )
    assert {
        "name",
        "version",
        "author",
        "maintainer",
        "sentence",
        "paragraph",
        "category",
        "url",
        "architectures",
    } <= set(properties)
    assert (out / "src" / properties["includes"]).is_file()
    (tmp_path / "Arduino.h").write_text(
        "struct S { void begin(long); template <class T> void print(T);"
        " template <class T> void println(T); };\nextern S Serial;\n"
        "unsigned long micros();\nvoid delay(unsigned long);\n"
    )
    run(
        compiler,
        "-x",
        "c++",
        "-Wall",
        "-Werror",
        "-include",
        tmp_path / "Arduino.h",
        f"-I{out}/src",
        "-fsyntax-only",
        out / "examples/Run/Run.ino",
    )


def test_what_can_not_be_exported_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        export(resolve_model(MODEL), "make", tmp_path)
    with pytest.raises(UsageError, match="`kind`: unknown value 'bazel'; choose from cmake, make"):
        export(resolve_model(MODEL), "bazel", tmp_path / "out")
    with pytest.raises(UsageError, match=r"`name`: 'My net' .* try 'my_net'"):
        export(resolve_model(MODEL), "make", tmp_path / "out", name="My net")
    with pytest.raises(UsageError, match=r"`name`: 'string' .* try 'net_string'"):
        export(resolve_model(MODEL), "make", tmp_path / "out", name="string")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("model", "model"),
        ("é模", "net___"),
        ("all", "net_all"),
        ("7up", "net_7up"),
        ("Features", "net_features"),
        ("eb-kernels", "net_eb_kernels"),
        ("for", "for"),
        ("a" * 60, "a" * 40 + "_" + resolve_model(MODEL).sha256[:8]),
    ],
)
def test_any_file_name_makes_names_that_compile(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{file}.tflite"
    shutil.copyfile(resolve_model(MODEL).path, path)
    out = tmp_path / "out"
    assert export(resolve_model(str(path)), "make", out).name == name
    run("make", "-C", out, "example", "CFLAGS=-O0")
    assert list(map(int, run(out / "build/example").split())) == expected()


@given(st.text(max_size=80))
def test_every_text_makes_a_c_name(text: str) -> None:
    assert checked_identifier(identifier_of(text, "0123456789abcdef")) == identifier_of(
        text, "0123456789abcdef"
    )


def test_an_exported_network_keeps_to_its_own_names(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(resolve_model(MODEL), "make", out)
    run("make", "-C", out, "CFLAGS=-O1")
    (tmp_path / "mine.c").write_text(
        '#include <stdio.h>\nvoid softmax(int x) { printf("%d", x); }\n'
        "void add(void) {}\nvoid fill(void) {}\nvoid move(void) {}\n"
    )
    run(
        "gcc",
        f"-I{out}/src",
        out / "example/main.c",
        tmp_path / "mine.c",
        out / "build/libkws_ds_cnn.a",
        "-o",
        tmp_path / "program",
    )
    assert list(map(int, run(tmp_path / "program").split())) == expected()
