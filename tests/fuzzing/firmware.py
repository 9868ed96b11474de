"""The firmware's C under libFuzzer, with address and undefined-behaviour sanitizers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.firmware.c_files import CORE, firmware_folder, include_flags, sources
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.streaming.source import stream_files
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
STREAM_COMMANDS = (
    "start%",
    "stop%",
    "state%",
    "log%",
    "i2scap 600%",
    "extract%",
    "extract_uart_stream%",
    "run_model%",
    "proc_hi%",
    "db load 1024%",
    "db setptr 3%",
    "db getptr%",
    "db print_i16 9%",
)
RAW = ("\\xfe", "\\x00", "\\x03\\xff\\xff\\x01", "\\x03\\xff\\xff\\x05\\xff\\xff\\x1d\\x0f\\x00")
INPUTS = 250
"""Two frames of a binary load."""
STREAM_INPUTS = 80
"""Two frames of features."""


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
    streams: bool = False


def _device(extensions: int, *, streams: bool = False) -> Target:
    # Few activations: a recording, which is as long at most, ends while the device is left alone.
    listening = ("-DEB_STREAMING=1", "-DEB_ACTIVATIONS=2048U") if streams else ()
    return Target(
        "fuzz_device.c",
        parts=(*CORE, "streaming", "kernels") if streams else (*CORE, "kernels"),
        defines=(f"-DEB_EXTENSIONS={extensions}", "-DEB_MOST_INFERENCES=3U", *listening),
        words=(*COMMANDS, *STREAM_COMMANDS * streams, *RAW),
        longest_bytes=1000,
        needs_model=True,
        streams=streams,
    )


TARGETS: Mapping[str, Target] = {
    "device": _device(1),
    "device-without-extensions": _device(0),
    "device-that-listens": _device(1, streams=True),
    "frames": Target(
        "fuzz_frame.c",
        files=("protocol/eb_frame.c", "protocol/eb_crc32.c"),
        words=("\\x00", "\\xff"),
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
        path = folder / "fuzzed.tflite"
        inputs = STREAM_INPUTS if target.streams else INPUTS
        path.write_bytes(dense_model((inputs, 2), "int8").to_bytes())
        model = resolve_model(str(path))
        written = {**emit(model).files, **(stream_files(model) if target.streams else {})}
        for name, text in written.items():
            (folder / name).write_text(text)
        files += [folder / name for name in written if name.endswith(".c")]
    program = folder / "fuzzer"
    built = subprocess.run(
        [
            clang,
            *FLAGS,
            *target.defines,
            *include_flags(*CORE, "streaming", "kernels"),
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
