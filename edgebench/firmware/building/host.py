"""Compiling the firmware with a model in it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.benchmark import benchmark_parts
from edgebench.firmware.building.compiling import (
    digest_of,
    host_compiler,
    run_tool,
    write_sources,
)
from edgebench.firmware.building.kernel_objects import kernel_objects
from edgebench.firmware.building.protocol_checks import protocol_checks
from edgebench.firmware.c_files import (
    CORE,
    KERNELS,
    PORTABLE,
    include_flags,
    sources,
)
from edgebench.firmware.emitting.source import emit
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.resolve import Model

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
    generated = {**emit(model).files, **parts.files, **protocol_checks()}
    folders, kernels = (*CORE, *parts.folders), KERNELS[PORTABLE]
    files = sources(*folders, "ports/host")
    defines = (*chosen.defines, *parts.defines)
    made_of = [*files, *sources(*kernels)]
    called = (platform.machine(), *FLAGS, *defines)
    kept = cache_folder("firmware") / digest_of(generated, made_of, called)
    folder = kept.path
    program = folder / "firmware"
    if program.is_file():
        return program
    kept.ready()
    write_sources(kept, generated)
    includes = include_flags(*folders, *kernels)
    command = [
        compiler,
        *FLAGS,
        *defines,
        *includes,
        f"-I{folder}",
        *map(str, files),
        *(str(folder / name) for name in generated if name.endswith(".c")),
        *map(str, kernel_objects(compiler, FLAGS, kernels)),
        "-o",
    ]
    with replacing(program, shared=True) as draft:
        run_tool([*command, str(draft)])
    return program
