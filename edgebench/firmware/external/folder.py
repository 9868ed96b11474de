"""An engine in a folder of the user's: its sources and archives, and what ``engine.toml`` says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.card_file import read_card
from edgebench.errors import UsageError
from edgebench.firmware.external.contract import (
    ASSEMBLY,
    CXX,
    HEADERS,
    C,
    ExternalEngine,
    below,
    may_be_included,
    shown_name,
)
from edgebench.text.toml_lines import Keys

CARD = "engine.toml"
MOST_HEAP_BYTES = 1 << 30


@dataclass(frozen=True)
class EngineCard:
    """``engine.toml``, all of which may be left out.

    Attributes
    ----------
    name
        The folder's if left out.
    leave_out
        Files that are not compiled, as patterns relative to the folder: ``porting/**/*.cpp``.
    includes
        Folders for the compiler, relative to this one; without them all that have headers.
    defines, flags
        Macros without ``-D``; flags behind the board's and edgebench's own.
    libraries
        For the linker, without ``-l``; ``m``, and ``stdc++`` where there is C++, if left out.
    heap_bytes
        For an engine that allocates memory.
    """

    name: str | None = None
    leave_out: tuple[str, ...] = ()
    includes: tuple[str, ...] | None = None
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] | None = None
    heap_bytes: int = 0


def engine_in(folder: Path) -> ExternalEngine:
    """Return the engine in a folder.

    Raises
    ------
    UsageError
        If there is no such folder, or nothing in it to compile or to link.
    CardInvalid
        If its ``engine.toml`` has faults.
    """
    if not folder.is_dir():
        raise UsageError(f"no such folder: {folder}", field="engine", value=str(folder))
    file = folder / CARD
    card = read_card(file, EngineCard, {}, _faults) if file.is_file() else EngineCard()
    left_out = {each for pattern in card.leave_out for each in folder.glob(pattern)}
    sources = [each for each in below(folder, (*C, *CXX, *ASSEMBLY)) if each not in left_out]
    archives = [each for each in below(folder, (".a",)) if each not in left_out]
    if not sources and not archives:
        raise UsageError(
            f"{folder} has nothing that defines an engine: no source "
            f"({', '.join((*C, *CXX, *ASSEMBLY))}) and no archive (.a)",
            field="engine",
            value=str(folder),
        )
    headers = below(folder, HEADERS)
    includes = (
        dict.fromkeys([folder, *(each.parent for each in headers)])
        if card.includes is None
        else [folder / each for each in card.includes]
    )
    has_cxx = any(each.suffix in CXX for each in sources)
    libraries = (("stdc++", "m") if has_cxx else ("m",)) if card.libraries is None else None
    return ExternalEngine(
        shown_name(card.name or folder.resolve().name),
        folder,
        sources=tuple(sources),
        archives=tuple(archives),
        includes=tuple(includes),
        included=tuple(may_be_included([folder, *includes])),
        defines=card.defines,
        flags=card.flags,
        libraries=libraries or card.libraries or (),
        heap_bytes=card.heap_bytes,
    )


def _faults(card: EngineCard) -> Iterator[tuple[Keys, str]]:
    if not 0 <= card.heap_bytes <= MOST_HEAP_BYTES:
        yield (
            ("heap_bytes",),
            f"`heap_bytes` must be from 0 to {MOST_HEAP_BYTES:,}, not {card.heap_bytes:,}",
        )
    for number, pattern in enumerate(card.leave_out):
        if pattern.startswith("/") or not pattern:
            yield ("leave_out", number), f"`leave_out`: {pattern!r} must be relative to the folder"
