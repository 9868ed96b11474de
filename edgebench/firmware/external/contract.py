"""Facts of an engine that computes a network in place of edgebench's kernels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OWN = "edgebench"
"""edgebench's own kernels, where an engine is named."""
CXX = (".cc", ".cpp", ".cxx")
C = (".c",)
ASSEMBLY = (".S", ".s")
HEADERS = (".h", ".hh", ".hpp", ".inc")


@dataclass(frozen=True)
class ExternalEngine:
    """Sources and archives that define the network's function, and how they are compiled.

    Attributes
    ----------
    name
        What the firmware, run.json and tables call it.
    folder
        Where the user keeps it.
    sources, library
        Sources that may include ``eb_model.h``, and groups of others, each of which is compiled
        once for all models that need it.
    includes, headers
        Folders for the compiler, and the headers that objects depend on.
    libraries
        What the linker takes besides, such as ``m``.
    heap_bytes
        For an engine that allocates; it counts as RAM.
    files
        Generated for the model, by name.
    reports_arena
        Whether it defines `eb_engine_arena_bytes`: how much of its memory it uses.
    takes_bytes, gives_bytes
        Of the model's inputs and outputs.
    """

    name: str
    folder: Path
    sources: tuple[Path, ...] = ()
    library: tuple[tuple[Path, ...], ...] = ()
    archives: tuple[Path, ...] = ()
    includes: tuple[Path, ...] = ()
    headers: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ("m",)
    heap_bytes: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    reports_arena: bool = False
    takes_bytes: int = 0
    gives_bytes: int = 0

    @property
    def link(self) -> list[str]:
        """Return what the linker takes behind the objects; archives may need each other."""
        grouped = ["-Wl,--start-group", *map(str, self.archives), "-Wl,--end-group"]
        return [*(grouped if self.archives else ()), *(f"-l{each}" for each in self.libraries)]


def shown_name(text: str) -> str:
    """Return a name that a C string and the serial protocol can hold.

    Examples
    --------
    >>> shown_name("ST Edge AI 10.2")
    'ST-Edge-AI-10.2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-") or "external"


def below(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Return the files of a kind in a folder and all below it, sorted."""
    return sorted(each for each in folder.rglob("*") if each.suffix in suffixes and each.is_file())
