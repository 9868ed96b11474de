"""A model's bytes as a file that a child process maps, so that memory holds them once."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

PIECE_BYTES = 1 << 20
DESCRIPTORS = (Path("/proc/self/fd"), Path("/dev/fd"))
"""Where a process finds its open files by number; not every system has the first."""


def file_of(content: bytes, path: Path | None) -> IO[bytes]:
    """Open a file with these bytes: the model's own if it has them still, or one without a name.

    Raises
    ------
    OSError
        If there is no place for it.
    """
    own = _opened(path)
    if own is not None:
        if _has(own, content):
            return own
        own.close()
    with ExitStack() as opened:
        made = opened.enter_context(TemporaryFile())
        made.write(content)
        made.flush()
        opened.pop_all()
    return made


def path_of(descriptor: int) -> Path:
    """Return a path at which this process can open a file that it was started with."""
    folder = next((each for each in DESCRIPTORS if each.is_dir()), DESCRIPTORS[0])
    return folder / str(descriptor)


def _opened(path: Path | None) -> IO[bytes] | None:
    try:
        return None if path is None else path.open("rb")
    except OSError:
        return None


def _has(file: IO[bytes], content: bytes) -> bool:
    if os.fstat(file.fileno()).st_size != len(content):
        return False
    parts = range(0, len(content), PIECE_BYTES)
    return all(file.read(PIECE_BYTES) == content[at : at + PIECE_BYTES] for at in parts)
