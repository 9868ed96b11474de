"""Whether a file of a run directory is there."""

from __future__ import annotations

from pathlib import Path

from edgebench.errors import RunDirectoryInvalid
from edgebench.files.refusals import refusal


def is_present(path: Path) -> bool:
    """Return whether a file is there.

    Raises
    ------
    RunDirectoryInvalid
        If its folder may not be read, so that nobody can tell.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise RunDirectoryInvalid(f"{path}: can't be read: {refusal(error)}") from error
