"""Compile an engine's sources: those that know of no model once, the others for each model."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import BuildFailed, ToolchainMissing
from edgebench.firmware.building.compiling import contents_digest, cxx_compiler, digest_of
from edgebench.firmware.building.objects import compile_once
from edgebench.firmware.c_files import firmware_folder
from edgebench.firmware.external.contract import CXX, C, ExternalEngine
from edgebench.firmware.external.faults import explained

KEPT_AS = "engine-"
"""Prefix of the folders in the cache."""
FLAGS = ("-ffunction-sections", "-fdata-sections", "-w")
"""Warnings are the engine's own affair."""
C_FLAGS = ("-std=gnu11",)
CXX_FLAGS = (
    *("-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"),
    "-fno-use-cxa-atexit",
)
SUPPORT = "external"
"""The folder of the firmware's own C with what an engine of others may include or need."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler, its version, and the flags that decide what its objects are."""

    program: str
    version: str
    flags: tuple[str, ...]


def engine_objects(
    engine: ExternalEngine, header: Mapping[str, str], compiler: Compiler
) -> list[Path]:
    """Return an engine's objects for a model.

    Parameters
    ----------
    header
        The model's ``eb_model.h``, by its name.

    Raises
    ------
    BuildFailed
        If the compiler refuses; with its words.
    ToolchainMissing
        If there is C++ in it and no compiler for that.
    FolderNotWritable, DiskFull
        If the cache can't be written.
    """
    try:
        included = contents_digest(engine.included)
        made: list[tuple[tuple[Path, ...], Mapping[str, str]]]
        made = [(group, {}) for group in engine.library]
        made.append((engine.sources, {**header, **engine.files}))
        return [
            each
            for files, texts in made
            for each in _compiled(engine, files, texts, compiler, included)
        ]
    except BuildFailed as error:
        raise explained(error, engine) from error


def _compiled(
    engine: ExternalEngine,
    files: Sequence[Path],
    texts: Mapping[str, str],
    compiler: Compiler,
    included: str,
) -> list[Path]:
    generated = [name for name in texts if Path(name).suffix in (*C, *CXX)]
    if not files and not generated:
        return []
    flags = (*compiler.flags, *FLAGS, *(f"-D{each}" for each in engine.defines))
    support = firmware_folder() / SUPPORT
    includes = [f"-I{each}" for each in (*engine.includes, support)]
    called = (compiler.program, compiler.version, platform.machine(), *flags, *includes)
    digest = digest_of(texts, files, (*called, *engine.flags, *map(str, files), included))
    names = [f"{number:03}_{file.stem}.o" for number, file in enumerate(files)]
    names += [f"{name}.o" for name in generated]

    def commands(draft: Path) -> Mapping[str, Sequence[str]]:
        for name, text in texts.items():
            (draft / name).write_text(text)
        made = [*files, *(draft / name for name in generated)]
        common = [*flags, f"-I{draft}", *includes]
        return {
            name: [*_language(file, compiler), *common, *engine.flags, "-c", str(file)]
            for name, file in zip(names, made, strict=True)
        }

    folder = compile_once(KEPT_AS, digest, commands)
    return [folder / name for name in names]


def _language(file: Path, compiler: Compiler) -> list[str]:
    """Return the compiler for a file's language, and the language's flags."""
    if file.suffix not in CXX:
        return [compiler.program, *(C_FLAGS if file.suffix in C else ())]
    found = cxx_compiler(compiler.program)
    if found is None:
        raise ToolchainMissing(
            f"{file} is C++, and {compiler.program} comes without a compiler for that"
        )
    return [found, *CXX_FLAGS]
