"""Compiling the firmware with a model in it."""

from __future__ import annotations

import logging
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edgebench.errors import BuildFailed, ToolchainMissing
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.benchmark import benchmark_parts
from edgebench.firmware.c_files import CORE, firmware_folder, sources
from edgebench.firmware.emitting.source import emit
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.resolve import Model
from edgebench.processes.programs import captured

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
    ``command_bytes`` are the firmware's EB_SAMPLE_SLOTS and EB_COMMAND_BYTES (None: what the
    reference of the benchmark has); ``benchmark`` is MLPerf Tiny's that the model is of
    (`edgebench.firmware.building.benchmark`).
    """

    extensions: bool = True
    slots: int = 8
    command_bytes: int | None = None
    benchmark: TinyBenchmark | None = None

    @property
    def defines(self) -> tuple[str, ...]:
        """Return them as the compiler takes them."""
        chosen = (f"-DEB_EXTENSIONS={int(self.extensions)}", f"-DEB_SAMPLE_SLOTS={self.slots}U")
        if self.command_bytes is None:
            return chosen
        return (*chosen, f"-DEB_COMMAND_BYTES={self.command_bytes}U")


TELLING = ("overflowed", "error", "undefined reference", "multiple definition", "cannot ")
"""Words of the lines that say why a program was not built, the most telling first."""


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
    parts = benchmark_parts(model, chosen.benchmark)
    compiler = host_compiler()
    generated = {**emit(model).files, **parts.files}
    folders = (*CORE, *parts.folders, "kernels")
    files = sources(*folders, "ports/host")
    defines = (*chosen.defines, *parts.defines)
    kept = cache_folder("firmware") / digest_of(generated, files, (*FLAGS, *defines))
    folder = kept.path
    program = folder / "firmware"
    if program.is_file():
        return program
    kept.ready()
    for name, text in generated.items():
        (folder / name).write_text(text)
    includes = [f"-I{firmware_folder() / part}" for part in folders]
    command = [
        compiler,
        *FLAGS,
        *defines,
        *includes,
        f"-I{folder}",
        *map(str, files),
        *(str(folder / name) for name in generated if name.endswith(".c")),
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
        raise BuildFailed(
            f"{command[0]} failed with exit code {done.returncode}: {telling_line(done.stderr)}"
        )


def telling_line(said: str) -> str:
    """Return the line of a compiler's or a linker's output that says what is wrong.

    Examples
    --------
    >>> telling_line("ld: port.c:(.text+0x4): undefined reference to `eb_port_init'\\n"
    ...              "collect2: error: ld returned 1 exit status")
    "ld: port.c:(.text+0x4): undefined reference to `eb_port_init'"
    """
    # The compiler's own last word says only that the linker has failed.
    lines = [line for line in said.splitlines() if not line.startswith("collect2:")]
    missing = dict.fromkeys(re.findall(r"undefined reference to `([^']*)'", said))
    telling = (line for word in TELLING for line in lines if word in line)
    first = next(telling, lines[-1] if lines else said.strip())
    others = [f"`{name}'" for name in missing if name not in first]
    return f"{first}; also {', '.join(others)}" if others and "undefined" in first else first


def digest_of(texts: Mapping[str, str], files: Sequence[Path], flags: Sequence[str]) -> str:
    """Return a name for what these make: generated texts, files with the headers, flags."""
    digest = sha256("\0".join(flags).encode())
    headers = sorted(firmware_folder().rglob("*.h"))
    for path in (*files, *headers):
        digest.update(path.read_bytes())
    for text in texts.values():
        digest.update(text.encode())
    return digest.hexdigest()[:16]
