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
        If classes.txt can't be read, lacks one of the sub-folders, has a name twice or one that is
        no folder's.
    """
    found = set(folders)
    listed = path / LIST
    if not listed.exists():
        return tuple(sorted(found, key=int if all(map(str.isdecimal, found)) else None))
    lines = small_text(listed, path).split("\n")
    classes = tuple(name.strip() for name in lines if name.strip())
    twice = next((name for name in classes if classes.count(name) > 1), None)
    if twice is not None:
        raise DatasetInvalid(f"{listed}: {twice!r} is in it twice")
    if odd := next((name for name in classes if Path(name).name != name or name == ".."), None):
        raise DatasetInvalid(f"{listed}: {odd!r} is no name of a folder")
    unknown = sorted(found - set(classes))
    if unknown:
        raise DatasetInvalid(f"{listed}: the folder {unknown[0]!r} is not in it")
    return classes
