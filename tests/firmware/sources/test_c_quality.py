"""The firmware's C under static analysis; its tools are installed by `make test`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.firmware.c_files import CORE, firmware_folder, include_flags, sources
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.streaming.source import stream_files
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

PARTS = (*CORE, "streaming", "kernels")
PORTS = tuple(f"ports/{folder.name}" for folder in (firmware_folder() / "ports").iterdir())
TIDY = (
    "-*,bugprone-*,cert-*,clang-analyzer-*,performance-*,portability-*,readability-braces-around-"
    "statements,readability-else-after-return,misc-*,"
    # Two lengths side by side are what a kernel takes; sizes are known to fit an int32; int8_t is
    # a number here, no character; memcpy and memset are all of libc that there is.
    "-bugprone-easily-swappable-parameters,-cert-err33-c,-bugprone-signed-char-misuse,"
    "-cert-str34-c,-bugprone-implicit-widening-of-multiplication-result,"
    "-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling"
)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    path = folder / "m.tflite"
    path.write_bytes(dense_model((600, 8), "int8").to_bytes())
    model = resolve_model(str(path))
    for name, text in {**emit(model).files, **stream_files(model)}.items():
        (folder / name).write_text(text)
    return folder


def run(*words: str | Path, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    tool = shutil.which(str(words[0]))
    if tool is None:
        pytest.skip(f"{words[0]} is not installed (`make test` installs it)")
    return subprocess.run(
        [tool, *map(str, words[1:])], capture_output=True, text=True, timeout=timeout, check=False
    )


def includes(generated: Path) -> list[str]:
    return [*include_flags(*PARTS), f"-I{generated}"]


def test_cppcheck_finds_nothing(generated: Path) -> None:
    done = run(
        "cppcheck",
        "--enable=warning,style,performance,portability",
        "--error-exitcode=1",
        "--inline-suppr",
        "--std=c99",
        "--suppress=unusedStructMember",
        "--quiet",
        # The network is generated; its shape is no style.
        *include_flags("kernels_dsp"),
        *includes(generated),
        '-DPORT_NAME="x"',
        "-DUART_IRQ=1",
        *(
            each
            for each in sources(*PARTS, "kernels_dsp", "kernels_mve", "emulator", *PORTS)
            if each.suffix == ".c"
        ),
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("streaming", [0, 1])
def test_clang_tidy_finds_nothing(generated: Path, streaming: int) -> None:
    done = run(
        "clang-tidy",
        "--quiet",
        f"--checks={TIDY}",
        "--warnings-as-errors=*",
        # Kernels know nothing of streams: once is enough.
        *sources(*CORE, "streaming" if streaming else "kernels", "ports/host"),
        "--",
        "-std=c99",
        f"-DEB_STREAMING={streaming}",
        "-D_POSIX_C_SOURCE=200809L",
        *includes(generated),
    )
    assert done.returncode == 0, done.stdout
