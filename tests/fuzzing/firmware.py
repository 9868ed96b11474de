"""The firmware's C under libFuzzer, with address and undefined-behaviour sanitizers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.firmware.c_files import firmware_folder, sources
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

FLAGS = (
    "-g",
    "-O2",
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fsanitize=fuzzer,address,undefined",
    "-fno-sanitize-recover=all",
)
COMMANDS = (
    "name%",
    "profile%",
    "timestamp%",
    "help%",
    "db load 250%",
    "db 00ff%",
    "db print%",
    "infer 1 0%",
    "results%",
    "eb load 0 250%",
    "eb run 0 1%",
    "eb output%",
    "eb sum%",
    "eb steps 1%",
    "eb baud 9600%",
)
RAW = ("\\xfe", "\\x00", "\\x03\\xff\\xff\\x01", "\\x03\\xff\\xff\\x05\\xff\\xff\\x1d\\x0f\\x00")
INPUTS = 250
"""Two frames of a binary load."""


@dataclass(frozen=True)
class Target:
    """A program for libFuzzer.

    ``words`` are what its mutations may insert, ``longest_bytes`` the longest input.
    """

    fuzzer: str
    parts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    longest_bytes: int = 600
    needs_model: bool = False


def _device(extensions: int) -> Target:
    return Target(
        "fuzz_device.c",
        parts=("core", "kernels"),
        defines=(f"-DEB_EXTENSIONS={extensions}", "-DEB_MOST_INFERENCES=3U"),
        words=(*COMMANDS, *RAW),
        longest_bytes=1000,
        needs_model=True,
    )


TARGETS: Mapping[str, Target] = {
    "device": _device(1),
    "device-without-extensions": _device(0),
    "frames": Target(
        "fuzz_frame.c", files=("core/eb_frame.c", "core/eb_crc32.c"), words=("\\x00", "\\xff")
    ),
}


def build(target: Target, folder: Path) -> Path:
    """Compile a target in a folder and return the program.

    Raises
    ------
    FileNotFoundError
        If clang is not installed.
    """
    clang = shutil.which("clang")
    if clang is None:
        raise FileNotFoundError("clang is not installed (`make test` installs it)")
    files = [
        *sources(*target.parts),
        *(firmware_folder() / name for name in target.files),
        firmware_folder() / "fuzz" / target.fuzzer,
    ]
    if target.needs_model:
        model = folder / "fuzzed.tflite"
        model.write_bytes(dense_model((INPUTS, 2), "int8").to_bytes())
        for name, text in emit(resolve_model(str(model))).files.items():
            (folder / name).write_text(text)
        files.append(folder / "eb_model.c")
    program = folder / "fuzzer"
    built = subprocess.run(
        [
            clang,
            *FLAGS,
            *target.defines,
            *(f"-I{firmware_folder() / part}" for part in ("core", "kernels")),
            f"-I{folder}",
            *map(str, files),
            "-o",
            str(program),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return program


def command_of(
    target: Target, folder: Path, executions: int, corpora: Sequence[Path] = ()
) -> list[str]:
    """Build a target and return the command that runs it so many times.

    An input that fails is left in the folder; the first of the corpora grows.
    """
    program = build(target, folder)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in target.words))
    return [
        str(program),
        f"-runs={executions}",
        f"-dict={words}",
        f"-max_len={target.longest_bytes}",
        "-timeout=20",
        "-seed=1",
        f"-artifact_prefix={folder}/",
        *map(str, corpora),
    ]


def executions_of(said: str) -> int:
    """Return how many executions libFuzzer says there were; 0 if it did not come to its end."""
    found = re.search(r"^Done (\d+) runs in", said, re.MULTILINE)
    return int(found[1]) if found else 0
