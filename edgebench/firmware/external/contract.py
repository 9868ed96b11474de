"""Facts of an engine that computes a network in place of edgebench's kernels."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    includes, included
        Folders for the compiler, and the files that objects depend on besides their sources.
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
    included: tuple[Path, ...] = ()
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


def may_be_included(folders: Iterable[Path]) -> list[Path]:
    """Return the files in folders and all below them, sorted, as a compiler finds them.

    Links are followed; folders whose name begins with a dot, such as ``.git``, are left out.
    """
    seen: set[str] = set()
    return sorted(path for folder in folders for path in _walked(folder, seen))


def _walked(top: Path, seen: set[str]) -> Iterator[Path]:
    for folder, inner, names in os.walk(top, followlinks=True):
        place = os.path.realpath(folder)
        if place in seen:
            inner.clear()
            continue
        seen.add(place)
        inner[:] = [each for each in inner if not each.startswith(".")]
        paths = (Path(folder, each) for each in names)
        yield from (each for each in paths if each.is_file() and os.access(each, os.R_OK))
