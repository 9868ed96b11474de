"""Compiling the firmware with a model in it."""

from __future__ import annotations

import logging
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edgebench.errors import BuildFailed, ToolchainMissing, UsageError
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.c_files import firmware_folder, sources
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.source import emit
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark, TinyInput
from edgebench.models.resolve import Model
from edgebench.programs import captured

logger = logging.getLogger(__name__)

HOST_COMPILERS = ("gcc", "cc", "clang")
FLAGS = (
    "-std=c99",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-D_POSIX_C_SOURCE=200809L",
)
TIMEOUT_S = 300.0


@dataclass(frozen=True)
class HostOptions:
    """How a program for this machine is made.

    ``extensions`` False gives a device like MLPerf Tiny's reference; ``slots`` and
    ``command_bytes`` are the firmware's EB_SAMPLE_SLOTS and EB_COMMAND_BYTES; ``benchmark`` is
    MLPerf Tiny's that the model is of (`benchmark_defines`).
    """

    extensions: bool = True
    slots: int = 8
    command_bytes: int = 80
    benchmark: TinyBenchmark | None = None

    @property
    def defines(self) -> tuple[str, ...]:
        """Return them as the compiler takes them."""
        return (
            f"-DEB_EXTENSIONS={int(self.extensions)}",
            f"-DEB_SAMPLE_SLOTS={self.slots}U",
            f"-DEB_COMMAND_BYTES={self.command_bytes}U",
            *benchmark_defines(self.benchmark),
        )


WIRES: Mapping[TinyInput, int] = {"int8": 0, "uint8": 1, "float32": 2}
"""EB_INPUT_WIRE, by what a benchmark sends."""


def benchmark_defines(benchmark: TinyBenchmark | None) -> tuple[str, ...]:
    """Return what makes firmware take what MLCommons' runner sends for a benchmark.

    Its model is called by the benchmark's name then: the runner knows its tests by that.
    """
    if benchmark is None:
        return ()
    wire = WIRES[TINY_INPUTS[benchmark]]
    return (f'-DEB_BENCHMARK="{benchmark}"', f"-DEB_INPUT_WIRE={wire}")


def check_benchmark(model: Model, benchmark: TinyBenchmark | None) -> None:
    """Refuse a model whose firmware can't take what a benchmark sends.

    Raises
    ------
    UsageError
        If it can't.
    """
    if benchmark is None:
        return
    if benchmark not in TINY_INPUTS:
        raise UsageError.unknown("benchmark", benchmark, TINY_INPUTS)
    (tensor, *_), (output, *_) = model.facts.inputs, model.facts.outputs
    if tensor.type_name != "INT8":
        raise UsageError(
            f"{model.label} takes {tensor.type_name.lower()}: MLPerf Tiny's {benchmark} is for "
            "int8 models",
            field="benchmark",
        )
    if TINY_INPUTS[benchmark] == "float32" and tensor.elements != output.elements:
        raise UsageError(
            f"{model.label} is no autoencoder, which {benchmark} needs: {tensor.elements} values "
            f"in, {output.elements} out",
            field="benchmark",
        )


def build_host(model: Model, options: HostOptions | None = None) -> Path:
    """Build the firmware with a model as a program for this machine, and return its path.

    It is kept in the cache under a hash of all that went into it.

    Raises
    ------
    ToolchainMissing
        If there is no C compiler.
    ModelNotSupported
        If the firmware lacks one of the model's ops.
    BuildFailed
        If the compiler refuses; with its words.
    """
    chosen = options or HostOptions()
    check_benchmark(model, chosen.benchmark)
    compiler = host_compiler()
    source = emit(model)
    files = sources("core", "kernels", "ports/host")
    kept = cache_folder("firmware") / digest_of(source.files, files, (*FLAGS, *chosen.defines))
    folder = kept.path
    program = folder / "firmware"
    if program.is_file():
        return program
    kept.ready()
    for name, text in source.files.items():
        (folder / name).write_text(text)
    includes = [f"-I{firmware_folder() / part}" for part in ("core", "kernels")]
    command = [
        compiler,
        *FLAGS,
        *chosen.defines,
        *includes,
        f"-I{folder}",
        *map(str, files),
        str(folder / CNames().source),
        "-o",
    ]
    with replacing(program, shared=True) as draft:
        run_tool([*command, str(draft)])
    return program


def host_compiler() -> str:
    """Return this machine's C compiler.

    Raises
    ------
    ToolchainMissing
        If there is none.
    """
    for name in HOST_COMPILERS:
        found = shutil.which(name)
        if found:
            return found
    raise ToolchainMissing(
        "an emulated device is built by a C compiler, and none is here: "
        "`sudo apt install gcc libc6-dev`"
    )


def run_tool(command: Sequence[str]) -> None:
    """Run a compiler or another tool.

    Raises
    ------
    BuildFailed
        If it fails, with its first error.
    """
    logger.debug("running %s", shlex.join(command))
    try:
        done = captured(command, TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        lines = done.stderr.splitlines()
        telling = (line for word in ("overflowed", "error") for line in lines if word in line)
        first = next(telling, lines[-1] if lines else "")
        raise BuildFailed(f"{command[0]} failed with exit code {done.returncode}: {first}")


def digest_of(texts: Mapping[str, str], files: Sequence[Path], flags: Sequence[str]) -> str:
    """Return a name for what these make: generated texts, files with the headers, flags."""
    digest = sha256("\0".join(flags).encode())
    headers = sorted(firmware_folder().rglob("*.h"))
    for path in (*files, *headers):
        digest.update(path.read_bytes())
    for text in texts.values():
        digest.update(text.encode())
    return digest.hexdigest()[:16]
