"""Whether a file that somebody names is there; a name that no file can have is none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def is_file(path: Path) -> bool:
    """Say whether a file is there that can be seen."""
    with suppress(OSError, ValueError):
        return path.is_file()
    return False


def exists(path: Path) -> bool:
    """Say whether a file or a folder is there that can be seen."""
    with suppress(OSError, ValueError):
        return path.exists()
    return False
