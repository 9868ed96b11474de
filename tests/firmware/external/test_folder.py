"""An engine of others behind the same function: docs/engines.md's example, and what goes wrong."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from edgebench import api
from edgebench.boards.card import board_card
from edgebench.cli.commands.hardware.deploy import command as deploy
from edgebench.cli.commands.runs.run import command as run_command
from edgebench.cli.json_views import deploy_view
from edgebench.errors import BuildFailed, CardInvalid, UsageError
from edgebench.firmware.building.compiling import host_compiler
from edgebench.firmware.building.engine_objects import Compiler
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.building.network_part import network_part
from edgebench.firmware.c_files import PORTABLE
from edgebench.harness.devices.deploy import Deployed, running
from edgebench.harness.devices.rig import image_record
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from edgebench.results.comparison.differences import differences
from tests.conftest import ROOT

SAME = Quantization((0.1,), (-3,))
BOARD = "mps2-an386"
needs_board = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed (`make test` installs them)",
)
CXX = """
#include "eb_engine.h"
namespace {
struct Zero {
    explicit Zero(int value) : at(value) {}
    int at;
};
volatile int given = -3;
Zero zero(given);
}
void eb_model_invoke(const int8_t *input, int8_t *output)
{
    for (unsigned each = 0; each < EB_MODEL_OUTPUT_BYTES; each++) {
        output[each] = input[each] < zero.at ? static_cast<int8_t>(zero.at) : input[each];
    }
}
"""
ALLOCATING = """
#include "eb_engine.h"
#include <stdlib.h>
#include <string.h>
void eb_model_invoke(const int8_t *input, int8_t *output)
{
    int8_t *volatile copy = malloc(EB_MODEL_INPUT_BYTES);
    memcpy(copy, input, EB_MODEL_INPUT_BYTES);
    for (unsigned each = 0; each < EB_MODEL_OUTPUT_BYTES; each++) {
        output[each] = copy[each] < -3 ? -3 : copy[each];
    }
    free(copy);
}
"""
INCLUDING = {
    "adapter.c": """
#include "eb_engine.h"
#include "inner.def"
#include "outer"
void eb_model_invoke(const int8_t *input, int8_t *output)
{
    output[0] = (int8_t)(input[0] + INNER + OUTER);
}
""",
    "inner.def": "enum { INNER = 1 };\n",
    "engine.toml": 'includes = [".", "../common"]\n',
}


def documented() -> dict[str, str]:
    text = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
    found = re.findall(r"```c\n(/\* (\S+) \*/\n.*?)```", text, re.DOTALL)
    return {name: content for content, name in found}


def engine(folder: Path, files: Mapping[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return f"c:{folder}"


@pytest.fixture
def clamp(tmp_path: Path) -> Model:
    tensors = [NewTensor(name, (1, 8), "int8", SAME, None) for name in ("in", "out")]
    path = tmp_path / "clamp.tflite"
    made = NewModel(tensors, [NewOp("RELU", ("in",), ("out",))], ["in"], ["out"])
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path))


def test_the_documented_engine_is_measured_and_never_taken_for_ours(
    clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "my-engine", documented())
    (run,) = api.run(
        clamp.path,
        device=f"emulated:{clamp.path}",
        engine=text,
        scenarios=["singlestream"],
        modes=["performance"],
        duration_s=0.01,
        warmup_s=0,
        out=tmp_path / "runs",
    )
    record = run.record
    assert record.reference
    assert record.reference.verdict == "agrees"
    assert record.device
    assert record.device.engine == "my-engine"
    assert record.request.device
    assert record.request.device.engine == text
    assert record.sut.runtime_version.endswith(", engine my-engine")
    device = replace(record.device, engine="edgebench")
    ours = replace(run, record=replace(record, device=device))
    assert differences([ours, run])["engine"] == ("edgebench", "my-engine")
    unknown = replace(run, record=replace(record, device=replace(device, engine="")))
    assert "engine" not in differences([unknown, run])


@needs_board
@pytest.mark.parametrize(
    "files",
    [
        {"engine.cc": CXX, "engine.toml": "libraries = []\n"},
        {"engine.c": ALLOCATING, "engine.toml": "heap_bytes = 4096\n"},
    ],
    ids=["constructors", "heap"],
)
def test_an_engine_computes_on_an_emulated_board(
    files: Mapping[str, str], clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "some+engine", files)
    image = build_image(clamp, board_card(BOARD), ImageOptions(engine=text))
    assert image.engine == "some-engine"
    assert re.fullmatch(r"arm-none-eabi-gcc \d+\.\d+\.\d+", image.compiler)
    assert image_record(image).compiler == image.compiler
    assert image_record(image).arena_bytes is None
    assert image.stack_bytes is None
    assert image.ram_bytes > 4096 * ("heap_bytes" in files.get("engine.toml", ""))
    values = np.array([-128, -4, -3, -2, 0, 3, 4, 127], np.int8)
    with running(image, None) as device:
        assert device.identity.engine == "some-engine"
        view = deploy_view(Deployed(clamp, image, device.identity))
        device.load(values.tobytes())
        (output,) = device.infer(1, 0).outputs
    np.testing.assert_array_equal(np.frombuffer(output, np.int8), np.maximum(values, -3))
    assert (view.engine, view.compiler) == ("some-engine", image.compiler)
    assert (view.arena_bytes, view.arena_used_bytes, view.stack_bytes) == (None, None, None)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"network.h": "#define X 1\n"}, r"has nothing that defines an engine: no source \(\.c, "),
        (
            {"network.c": "int network_run(void) { return 0; }\n"},
            r"undefined reference to `eb_model_invoke'.*\. Write an adapter with `void "
            r"eb_model_invoke\(const int8_t \*input, int8_t \*output\)`",
        ),
        (
            documented() | {"clamp/network.h": "#define NETWORK_VALUES 9\n"},
            "the engine takes other inputs than the model.* takes 8 bytes and gives 8",
        ),
        ({"network.c": "int network_run(void) { return missing; }\n"}, "missing. undeclared"),
    ],
    ids=["no sources", "no function", "wrong size", "not C"],
)
def test_what_an_engine_lacks_is_named(
    files: Mapping[str, str], says: str, clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "engine", files)
    with pytest.raises((UsageError, BuildFailed), match=says) as raised:
        build_host(clamp, HostOptions(engine=text))
    assert str(tmp_path / "engine") in str(raised.value)


@needs_board
def test_an_engine_that_allocates_without_a_heap_is_told_of_it(
    clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "engine", {"engine.c": ALLOCATING})
    with pytest.raises(BuildFailed, match=r"It allocates memory: state `heap_bytes` in its"):
        build_image(clamp, board_card(BOARD), ImageOptions(engine=text))


def test_engines_that_are_none_are_refused(clamp: Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no engine 'tvm'; there are edgebench, c:DIR"):
        build_host(clamp, HostOptions(engine="tvm"))
    with pytest.raises(UsageError, match=r"no such folder: .*/missing"):
        build_host(clamp, HostOptions(engine=f"c:{tmp_path}/missing"))
    text = engine(tmp_path / "engine", documented() | {"engine.toml": "heap_bytes = -1\n"})
    with pytest.raises(CardInvalid, match=r"line 1: `heap_bytes` must be from 0"):
        build_host(clamp, HostOptions(engine=text))
    with pytest.raises(UsageError, match="`engine` is for firmware that is built here"):
        api.run(clamp.path, device="/dev/ttyACM9", engine=text)


def test_a_changed_file_makes_other_objects_and_the_same_files_the_same(
    clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "engine", INCLUDING)
    engine(tmp_path / "common", {"outer": "enum { OUTER = 1 };\n"})
    changed = {
        "engine/adapter.c": INCLUDING["adapter.c"].replace("input[0]", "input[1]"),
        "engine/inner.def": "enum { INNER = 20 };\n",
        "common/outer": "enum { OUTER = 300 };\n",
    }

    def made() -> bytes:
        part = network_part(clamp, Compiler(host_compiler(), "", ()), PORTABLE, engine=text)
        (found,) = part.objects
        return found.read_bytes()

    seen = {made()}
    for count, (name, content) in enumerate(changed.items(), 2):
        (tmp_path / name).write_text(content)
        seen |= {made(), made()}
        assert len(seen) == count, name


def test_another_archive_or_release_of_the_compiler_makes_another_program(
    clamp: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = HostOptions(engine=engine(tmp_path / "engine", documented()))
    program, archive = tmp_path / "bin/gcc", tmp_path / "engine/network.a"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    # What it would compile does not matter here: the name of the program does.
    program.write_text('#!/bin/sh\nfor last; do :; done\n: > "$last"\n')
    program.chmod(0o755)
    asked = [(1, b"1"), (1, b"2"), (2, b"2"), (2, b"2"), (1, b"2")]
    made = []
    for installed_ns, content in asked:
        os.utime(program, ns=(installed_ns, installed_ns))
        archive.write_bytes(content)
        made.append(build_host(clamp, options))
    assert len(set(made)) == 3
    assert made[2] == made[3]
    assert made[1] == made[4]


@needs_board
def test_what_deploy_prints_of_an_engine_measures_the_same_engine(
    clamp: Model, tmp_path: Path
) -> None:
    text = engine(tmp_path / "my engine", documented())
    asked = [str(clamp.path), "--board", BOARD, "--engine", text]
    printed = CliRunner().invoke(deploy, asked, catch_exceptions=False).stdout
    assert ", stack not known\n" in printed
    assert "are activations" not in printed
    (measure,) = re.findall(r"^measure it: edgebench run (.*)$", printed, re.MULTILINE)
    context = run_command.make_context("run", shlex.split(measure))
    assert context.params["engine"] == text
