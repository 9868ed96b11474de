"""Read a folder of .npy files: one sub-folder a class.

Classes are numbered in the order of a ``classes.txt`` (a name a line) or, without one, by
number where the folders' names are numbers and by name where they are not.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.loaders.class_names import class_names
from edgebench.datasets.loaders.untrusted import digest, require_numbers, require_plain
from edgebench.errors import DatasetInvalid
from edgebench.files.arrays import ArrayFileInvalid, read_npy
from edgebench.files.presence import exists
from edgebench.metrics import TOP1
from edgebench.text.call_text import call_text

MOST_SAMPLE_BYTES = 512 * 2**20


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
        if exists(path / name)
        for file in sorted((path / name).glob("*.npy"))
    ]
    for file, _ in files:
        require_plain(file, path)
    if not files:
        raise DatasetInvalid(
            f"{path}: no samples; expected CLASS/NAME.npy files, or MLPerf Tiny's y_labels.csv "
            f"and .bin files. {call_text('dataset_from_images', str(path), out='FILE.npz')} makes "
            "a dataset of images, `edgebench.dataset_from_wav` one of sounds"
        )

    def sample(index: int) -> Sample:
        return (encoding.real(_array(files[index][0])),)

    return Dataset(
        name=path.resolve().name,
        count=len(files),
        sample=sample,
        labels=np.array([label for _, label in files], dtype=np.int64),
        classes=classes,
        metric=TOP1.name,
        sha256=hash_files([file for file, _ in files]),
        source=str(path),
    )


def hash_files(files: list[Path]) -> str:
    """Return one SHA-256 over the names and the contents of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(os.fsencode(file.name) + b"\0" + bytes.fromhex(digest(file)))
    return total.hexdigest()


def _classes(path: Path) -> tuple[str, ...]:
    try:
        folders = [
            each.name for each in path.iterdir() if each.is_dir() and any(each.glob("*.npy"))
        ]
    except OSError as error:
        raise DatasetInvalid(f"{error.filename}: can't be read: {error.strerror}") from error
    return class_names(path, folders)


def _array(file: Path) -> NDArray[Any]:
    try:
        array = read_npy(file, MOST_SAMPLE_BYTES)
    except ArrayFileInvalid as error:
        raise DatasetInvalid(f"{file}: not a readable .npy: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DatasetInvalid(f"{file}: not an array of numbers")
    require_numbers(array, str(file))
    return array
