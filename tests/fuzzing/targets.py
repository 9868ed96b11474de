"""What is fuzzed in Python, by name: what is called with bytes, and what to begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing import protocol
from tests.fuzzing.property import holds
from tests.fuzzing.readers import READERS, Reader

PROTOCOL = "protocol"
Check = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """Something that is fuzzed: a check that raises where it fails, and bytes to mutate."""

    check: Check
    seeds: Sequence[bytes]


def names() -> Iterator[str]:
    """Yield the names of all."""
    yield PROTOCOL
    yield from READERS


def target(name: str, folder: Path) -> Target:
    """Return a target; files are read from a folder."""
    if name == PROTOCOL:
        return Target(protocol.check, protocol.SEEDS)
    reader = READERS[name]
    return Target(lambda data: _check(reader, data, folder), tuple(reader.seeds()))


def _check(reader: Reader, data: bytes, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / reader.file
        path.parent.mkdir(parents=True, exist_ok=True)
        content = reader.packed(data)
        path.write_bytes(content)
        holds(lambda: reader.read(path), len(content))
