"""Order the classes of a folder that has a sub-folder for each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgebench.datasets.loaders.untrusted import small_text
from edgebench.errors import DatasetInvalid

LIST = "classes.txt"


def class_names(path: Path, folders: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the classes in the order of their numbers.

    The order is that of classes.txt, one name per line. Without that file, names that are all
    numbers are sorted as numbers, and others as text.

    Parameters
    ----------
    path
        The folder.
    folders
        The names of its sub-folders that hold samples.

    Raises
    ------
    DatasetInvalid
        If classes.txt can't be read, or lacks one of the sub-folders.
    """
    found = set(folders)
    listed = path / LIST
    if not listed.exists():
        return tuple(sorted(found, key=int if all(map(str.isdecimal, found)) else None))
    lines = small_text(listed, path).split("\n")
    classes = tuple(name.strip() for name in lines if name.strip())
    unknown = sorted(found - set(classes))
    if unknown:
        raise DatasetInvalid(f"{listed}: the folder {unknown[0]!r} is not in it")
    return classes
