"""List the files of a folder that has one sub-folder per class."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.datasets.loaders.class_names import LIST, class_names
from edgebench.datasets.loaders.untrusted import require_plain
from edgebench.errors import DatasetInvalid, DatasetNotFound
from edgebench.files.refusals import refusal


@dataclass(frozen=True)
class ClassFile:
    """A file, and the number of its class; None where a folder has no classes."""

    path: Path
    label: int | None


@dataclass(frozen=True)
class ClassFolders:
    """The contents of a folder.

    Attributes
    ----------
    files
        In the order of the classes, and of their names within a class.
    classes
        The names of the classes by number, those without a file too: a class that is left out would
        change the numbers of those behind it. Empty where all files lie in the folder itself.
    others
        How many files have another ending.
    """

    files: tuple[ClassFile, ...]
    classes: tuple[str, ...]
    others: int


def class_folders(folder: Path, endings: frozenset[str]) -> ClassFolders:
    """List a folder: FOLDER/CLASS/... or, without labels, files in FOLDER itself.

    Hidden files and folders are left out. classes.txt may give the order of the classes.

    Parameters
    ----------
    endings
        In lower case, with their dots.

    Raises
    ------
    DatasetNotFound
        If there is no such folder.
    DatasetInvalid
        If no file has such an ending, files lie both in the folder and in sub-folders, or a link
        leads out of the folder.
    """
    if not folder.is_dir():
        raise DatasetNotFound(f"{folder}: there is no such folder", field="folder")
    above, others = _files(folder, folder, endings, below=False)
    try:
        names = [each.name for each in folder.iterdir() if each.is_dir() and _is_shown(each)]
    except OSError as error:
        raise DatasetInvalid(f"{folder}: can't be read: {refusal(error)}") from error
    classes = class_names(folder, names)
    files: list[ClassFile] = []
    for label, name in enumerate(classes):
        found, more = _files(folder / name, folder, endings, below=True)
        files += [ClassFile(path, label) for path in found]
        others += more
    known = ", ".join(sorted(endings))
    if above and files:
        raise DatasetInvalid(
            f"{folder}: it has files of its own ({above[0].name}) and sub-folders with files; move "
            "all of them into sub-folders, one per class"
        )
    if not above and not files:
        raise DatasetInvalid(f"{folder}: no file in it ends with {known}")
    if above:
        return ClassFolders(tuple(ClassFile(path, None) for path in above), (), others)
    return ClassFolders(tuple(files), classes, others)


def _files(
    folder: Path, root: Path, endings: frozenset[str], *, below: bool
) -> tuple[list[Path], int]:
    """Return the files with an ending, sorted, and how many files have none of them.

    All must lie in the dataset's folder, ``root``.
    """
    taken: list[Path] = []
    others = 0
    for path in sorted(_walked(folder, below)):
        if path.suffix.lower() in endings:
            require_plain(path, root)
            taken.append(path)
        else:
            others += path.name != LIST
    return taken, others


def _walked(folder: Path, below: bool) -> Iterator[Path]:
    """Yield the files of a folder; links to folders are not followed."""

    def refuse(error: OSError) -> None:
        raise DatasetInvalid(f"{error.filename}: can't be read: {refusal(error)}") from error

    for where, folders, names in os.walk(folder, onerror=refuse if folder.exists() else None):
        folders[:] = [each for each in folders if below and _is_shown(Path(each))]
        yield from (Path(where, name) for name in names if _is_shown(Path(name)))


def _is_shown(path: Path) -> bool:
    return not path.name.startswith(".")
