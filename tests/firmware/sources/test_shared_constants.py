"""Numbers that C and Python both have are the same: a compiler compares them, a build's too."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.device.conversation import REFERENCE_COMMAND_BYTES
from edgebench.firmware.building.host import build_host
from edgebench.firmware.building.protocol_checks import BELOW, EQUAL, FILE, protocol_checks
from edgebench.firmware.building.size import LAYER_CONSTANTS_BYTES
from edgebench.firmware.c_files import CORE, KERNELS, headers, include_flags
from edgebench.firmware.emitting.names import CNames, names_of_own
from edgebench.firmware.emitting.network_c import ROWS, STRUCTS
from edgebench.firmware.emitting.packed_by import PACKED_BY
from edgebench.firmware.emitting.source import ROW_BYTES, emit
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

HEADERS = (
    "eb_command.h",
    "eb_extensions.h",
    "eb_frame.h",
    "eb_port.h",
    "eb_kernels_mve.h",
)
ALIKE = {
    "EB_COMMAND_BYTES": REFERENCE_COMMAND_BYTES,
    **{f"EB_{name}": value for each in PACKED_BY.values() for name, value in each.items()},
    **{f"sizeof(struct eb_{struct})": ROW_BYTES for struct in ROWS.values()},
}


def fails(condition: str, folder: Path, compiler: str = "gcc") -> bool:
    """Whether a condition is false for a compiler."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed (`make test` installs it)")
    source = folder / "check.c"
    includes = "".join(f'#include "{each}"\n' for each in HEADERS)
    source.write_text(f"{includes}typedef char check[({condition}) ? 1 : -1];\n")
    folders = include_flags(*CORE, *KERNELS["helium"])
    done = subprocess.run(
        [compiler, "-std=c99", *folders, "-fsyntax-only", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or "negative" in done.stderr, done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("name", ALIKE)
def test_a_constant_is_the_same_in_c(name: str, tmp_path: Path) -> None:
    assert not fails(f"{name} == {ALIKE[name]}", tmp_path)
    assert fails(f"{name} == {ALIKE[name] + 1}", tmp_path)


@pytest.mark.parametrize("name", [*EQUAL, *BELOW])
def test_firmware_is_not_built_with_another_protocol(name: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed (`make test` installs it)")
    source = tmp_path / FILE
    source.write_text(protocol_checks()[FILE])
    for each in headers(*CORE):
        shutil.copy(each, tmp_path)
    assert _errors(source) == ""
    for header in tmp_path.glob("*.h"):
        text = header.read_text()
        header.write_text(re.sub(rf"(#define {name}) \w+", r"\1 4000000000U", text))
    assert _errors(source).count("error: #error") == 1
    assert f"{name} must be " in _errors(source)


def test_images_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = build_host(resolve_model("machine-autoencoder"))
    assert (program.parent / FILE).read_text() == protocol_checks()[FILE]


@pytest.mark.parametrize("struct", sorted(STRUCTS.values()))
def test_a_layer_s_struct_takes_no_more_than_size_says(struct: str, tmp_path: Path) -> None:
    size = f"sizeof(struct eb_{struct})"
    assert not fails(f"{size} <= {LAYER_CONSTANTS_BYTES}", tmp_path, "arm-none-eabi-gcc")


@pytest.mark.parametrize("names", [CNames(), names_of_own("net")], ids=["firmware", "export"])
@pytest.mark.parametrize(
    ("kernels", "macro"),
    [
        (kernels, each)
        for kernels in KERNELS
        for folder in KERNELS[kernels]
        for each in PACKED_BY[folder]
    ],
)
def test_a_network_is_not_built_with_kernels_that_it_was_not_packed_for(
    kernels: str, macro: str, names: CNames, tmp_path: Path
) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed (`make test` installs it)")
    network = tmp_path / "m.tflite"
    network.write_bytes(dense_model((600, 8), "int8").to_bytes())
    for name, text in emit(resolve_model(str(network)), kernels, names=names).files.items():
        (tmp_path / name).write_text(text)
    for part in (*CORE, *KERNELS[kernels]):
        for each in headers(part):
            (tmp_path / names.renamed(each.name)).write_text(names.renamed(each.read_text()))
    assert "packed for" not in _errors(tmp_path / names.source)

    full = f"{names.kernels.upper()}{macro}"
    for header in tmp_path.glob("*.h"):
        text = header.read_text()
        header.write_text(re.sub(rf"(#define {full}) \d+", r"\1 3", text))
    assert f"packed for {full} " in _errors(tmp_path / names.source)


def _errors(source: Path) -> str:
    words = ["gcc", "-std=c99", "-E", str(source)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stderr
