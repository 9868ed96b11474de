"""Compiling the firmware with a model in it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import BuildFailed
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.benchmark import benchmark_parts
from edgebench.firmware.building.compiling import (
    digest_of,
    host_compiler,
    installed_as,
    run_tool,
    write_sources,
)
from edgebench.firmware.building.engine_objects import Compiler
from edgebench.firmware.building.network_part import network_part
from edgebench.firmware.building.protocol_checks import protocol_checks
from edgebench.firmware.c_files import (
    CORE,
    KERNELS,
    PORTABLE,
    include_flags,
    sources,
)
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.external.faults import explained
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
    (`edgebench.firmware.building.benchmark`); ``engine`` computes the network
    (`edgebench.firmware.external.find.engine_of`).
    """

    extensions: bool = True
    slots: int = 8
    command_bytes: int | None = None
    benchmark: TinyBenchmark | None = None
    engine: str = OWN

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
    version = installed_as(compiler)
    network = network_part(
        model, Compiler(compiler, version, FLAGS), PORTABLE, engine=chosen.engine
    )
    generated = {**network.source.files, **parts.files, **protocol_checks()}
    folders, kernels = (*CORE, *parts.folders), KERNELS[PORTABLE]
    files = sources(*folders, "ports/host")
    defines = (*chosen.defines, *parts.defines, *network.defines)
    made_of = [*files, *sources(*kernels), *network.archives]
    called = (version, platform.machine(), *FLAGS, *defines, *network.link, *network.digest)
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
        *map(str, network.objects),
        *network.link,
        "-o",
    ]
    try:
        with replacing(program, shared=True) as draft:
            run_tool([*command, str(draft)])
    except BuildFailed as error:
        raise explained(error, network.engine) if network.engine else error from error
    return program
