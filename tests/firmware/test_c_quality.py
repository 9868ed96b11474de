"""The firmware's C under static analysis and a fuzzer; they are installed by `make test`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.firmware.c_files import firmware_folder, sources
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

FUZZ_SECONDS = 10
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
    for name, text in emit(resolve_model(str(path))).files.items():
        (folder / name).write_text(text)
    return folder


def run(*words: str | Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    tool = shutil.which(str(words[0]))
    if tool is None:
        pytest.skip(f"{words[0]} is not installed (`make test` installs it)")
    return subprocess.run(
        [tool, *map(str, words[1:])], capture_output=True, text=True, timeout=timeout, check=False
    )


def includes(generated: Path) -> list[str]:
    folders = [firmware_folder() / "core", firmware_folder() / "kernels", generated]
    return [f"-I{folder}" for folder in folders]


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
        f"-I{firmware_folder() / 'kernels_dsp'}",
        *includes(generated),
        '-DPORT_NAME="x"',
        "-DUART_IRQ=1",
        *(
            each
            for each in sources("core", "kernels", "kernels_dsp", "kernels_mve", *PORTS)
            if each.suffix == ".c"
        ),
    )
    assert done.returncode == 0, done.stderr


def test_clang_tidy_finds_nothing(generated: Path) -> None:
    done = run(
        "clang-tidy",
        "--quiet",
        f"--checks={TIDY}",
        "--warnings-as-errors=*",
        *sources("core", "kernels", "ports/host"),
        "--",
        "-std=c99",
        "-D_POSIX_C_SOURCE=200809L",
        *includes(generated),
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("extensions", ["1", "0"])
def test_no_bytes_harm_the_device(generated: Path, tmp_path: Path, extensions: str) -> None:
    """The device's parser under libFuzzer, with address and undefined-behaviour sanitizers."""
    fuzzer = tmp_path / "fuzzer"
    built = run(
        "clang",
        "-g",
        "-O1",
        "-std=c99",
        "-fsanitize=fuzzer,address,undefined",
        "-fno-sanitize-recover=all",
        f"-DEB_EXTENSIONS={extensions}",
        "-DEB_MOST_INFERENCES=20U",
        *includes(generated),
        *sources("core", "kernels", "fuzz"),
        generated / "eb_model.c",
        "-o",
        fuzzer,
    )
    assert built.returncode == 0, built.stderr
    words = tmp_path / "words"
    words.write_text(
        "\n".join(
            f'"{word}"'
            for word in (
                "name%",
                "profile%",
                "timestamp%",
                "help%",
                "db load 600%",
                "db 00ff%",
                "db print%",
                "infer 1 0%",
                "results%",
                "eb load 0 600%",
                "eb run 0 1%",
                "eb output%",
                "eb sum%",
                "eb baud 9600%",
                "\\xfe",
                "\\x00",
                "\\x03\\xff\\xff\\x01",
            )
        )
    )
    done = run(
        fuzzer,
        f"-max_total_time={FUZZ_SECONDS}",
        f"-dict={words}",
        "-max_len=2000",
        "-timeout=20",
        "-seed=1",
        f"-artifact_prefix={tmp_path}/",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr
