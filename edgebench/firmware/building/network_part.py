"""The part of a program that computes the network: generated C and kernels, or another engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.firmware.building.engine_objects import Compiler, engine_objects
from edgebench.firmware.building.kernel_objects import kernel_objects
from edgebench.firmware.c_files import KERNELS
from edgebench.firmware.emitting.header import header
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.source import Source, emit
from edgebench.firmware.external.contract import OWN, ExternalEngine
from edgebench.firmware.external.find import engine_of
from edgebench.firmware.optimize import BALANCED, SIZE
from edgebench.models.resolve import Model


@dataclass(frozen=True)
class NetworkPart:
    """Generated files and what is known of them, objects, and what the linker takes besides.

    ``engine`` is None where edgebench's own kernels compute it.
    """

    source: Source
    objects: tuple[Path, ...]
    engine: ExternalEngine | None = None

    @property
    def link(self) -> list[str]:
        """Return what the linker takes behind the objects."""
        return self.engine.link if self.engine else []

    @property
    def defines(self) -> list[str]:
        """Return the compiler's flags for the firmware's own C, which says which engine it has."""
        if self.engine is None:
            return []
        heap = f"-DEB_ENGINE_HEAP_BYTES={self.engine.heap_bytes}"
        arena = ["-DEB_ENGINE_ARENA=1"] if self.engine.reports_arena else []
        return [f'-DEB_ENGINE="{self.engine.name}"', heap, *arena]

    @property
    def archives(self) -> list[Path]:
        """Return the libraries that come with the engine."""
        return list(self.engine.archives) if self.engine else []

    @property
    def digest(self) -> list[str]:
        """Return the names of the folders of an engine's objects: they say what these are."""
        return sorted({each.parent.name for each in self.objects}) if self.engine else []


def network_part(
    model: Model,
    compiler: Compiler,
    kernels: str,
    *,
    engine: str = OWN,
    optimize: str = BALANCED,
    profile: bool = False,
) -> NetworkPart:
    """Return what computes a model's network; its objects are compiled.

    Parameters
    ----------
    compiler
        Its flags are those of edgebench's own kernels; another engine's are made from them.
    kernels, optimize, profile
        As `edgebench.firmware.emitting.source.emit` takes them.
    engine
        As `edgebench.firmware.external.find.engine_of` takes it.

    Raises
    ------
    UsageError, CardInvalid
        If there is no such engine.
    ModelNotSupported, BuildFailed, ToolchainMissing
        If the model can't be computed by it, or its sources can't be compiled.
    """
    is_cortex_m = any(each.startswith("-mcpu=cortex-m") for each in compiler.flags)
    other = engine_of(engine, model, is_cortex_m=is_cortex_m)
    if other is None:
        source = emit(model, kernels, optimize, profile=profile)
        own = kernel_objects(compiler.program, compiler.flags, KERNELS[kernels], compiler.version)
        return NetworkPart(source, tuple(own))
    names = CNames()
    files = {names.header: header(model, None, names, 0)}
    flags = tuple(each for each in compiler.flags if _is_of_processor(each))
    speed = "-Os" if optimize == SIZE else "-O3"
    objects = engine_objects(
        other, files, Compiler(compiler.program, compiler.version, (*flags, speed))
    )
    return NetworkPart(Source(files, 0, 0, ()), tuple(objects), other)


def _is_of_processor(flag: str) -> bool:
    """Return whether a flag says for which processor and library, and not how to compile C."""
    return flag.startswith(("-m", "-specs", "--specs", "--target", "--sysroot", "-isystem"))
