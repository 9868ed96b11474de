"""A folder of .npy files: one sub-folder a class.

Classes are numbered in the order of a ``classes.txt`` (a name a line) or, without one, by
number where the folders' names are numbers and by name where they are not.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.errors import DatasetInvalid


def load(path: Path, encoding: Encoding) -> Dataset:
    """Open a folder.

    Raises
    ------
    DatasetInvalid
        If it has no class folder or no .npy file, or a class that classes.txt does not name.
    """
    classes = _classes(path)
    files = [
        (file, label)
        for label, name in enumerate(classes)
        for file in sorted((path / name).glob("*.npy"))
    ]
    if not files:
        raise DatasetInvalid(
            f"{path}: no samples; expected CLASS/NAME.npy files, or MLPerf Tiny's y_labels.csv "
            "and .bin files (turn images or sounds into .npy arrays first)"
        )

    def sample(index: int) -> Sample:
        return (encoding.real(_array(files[index][0])),)

    return Dataset(
        name=path.resolve().name,
        count=len(files),
        sample=sample,
        labels=np.array([label for _, label in files], dtype=np.int64),
        classes=classes,
        metric="top1",
        sha256=hash_files([file for file, _ in files]),
        source=str(path),
    )


def hash_files(files: list[Path]) -> str:
    """Return one SHA-256 over the names and the contents of files."""
    total = hashlib.sha256()
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise DatasetInvalid(f"{file}: can't be read: {error.strerror}") from error
        total.update(file.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def _classes(path: Path) -> tuple[str, ...]:
    folders = [each.name for each in path.iterdir() if each.is_dir() and any(each.glob("*.npy"))]
    listed = path / "classes.txt"
    if not listed.is_file():
        if all(name.isdecimal() for name in folders):
            return tuple(sorted(folders, key=int))
        return tuple(sorted(folders))
    names = listed.read_text(encoding="utf-8", errors="replace").split("\n")
    classes = tuple(name.strip() for name in names if name.strip())
    unknown = sorted(set(folders) - set(classes))
    if unknown:
        raise DatasetInvalid(f"{listed}: the folder {unknown[0]!r} is not in it")
    return classes


def _array(file: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise DatasetInvalid(f"{file}: not a readable .npy: {error}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise DatasetInvalid(f"{file}: not an array of numbers")
    return array
