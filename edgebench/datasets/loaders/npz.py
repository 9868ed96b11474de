"""Read a numpy archive: ``inputs`` (or ``inputs_0``, ``inputs_1``, ...) and ``labels``.

``classes``, an array of text, has the names of the classes by number.

A model's several inputs may be named instead, as its signature names them.

With ``groups``, a number a sample, the samples are windows of recordings, and there is a label a
recording.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import SINGLE_INPUT, Dataset, Sample
from edgebench.datasets.loaders.labels import checked_labels
from edgebench.datasets.loaders.untrusted import digest, require_numbers
from edgebench.errors import DatasetInvalid
from edgebench.files.arrays import MOST_BYTES, ArrayFileInvalid, npz_headers, npz_names, read_npz
from edgebench.files.kinds import LOOKED_AT_BYTES, file_kind
from edgebench.host.available_memory import available_memory
from edgebench.metrics import TOP1

_LABEL_NAMES = ("labels", "y", "Y")
_CLASSES = "classes"
_NAMES = (*SINGLE_INPUT, *_LABEL_NAMES, "groups", _CLASSES)
LEAST_NAMED = 2
"""A file's only array is not taken for an input by its name."""
TEXTS = "US"
NUMBERS = "biuf"
"""The kinds of numpy's types that a model can be given."""
_NUMBERED = re.compile(r"inputs_\d{1,4}")


def load(path: Path, encoding: Encoding) -> Dataset:
    """Open an .npz; the first dimension of every array is the sample.

    Raises
    ------
    DatasetInvalid
        If it is damaged, has no inputs or no samples, or its arrays differ in length.
    """
    arrays = _arrays(path)
    labels_name = next((name for name in _LABEL_NAMES if name in arrays), None)
    labels = None if labels_name is None else arrays[labels_name]
    classes = _class_names(arrays)
    names = _input_names(path, arrays, labels_name)
    inputs = [arrays[name] for name in names]
    _check(path, names, inputs)
    count = len(inputs[0])
    groups = _groups(path, arrays, count)
    labelled = count if groups is None else int(groups.max()) + 1
    is_numbered = _NUMBERED.fullmatch(names[0]) is not None
    has_names = not is_numbered and (len(names) > 1 or names[0] not in SINGLE_INPUT)

    def sample(index: int) -> Sample:
        return tuple(encoding.real(each[index]) for each in inputs)

    checked = None if labels is None else checked_labels(labels, labelled, str(path))
    if classes and checked is not None and checked.max() >= len(classes):
        raise DatasetInvalid(
            f"{path}: a label is {checked.max()}, but `{_CLASSES}` has {len(classes)} names"
        )
    return Dataset(
        name=path.stem,
        count=count,
        sample=sample,
        labels=checked,
        groups=groups,
        classes=classes,
        metric=None if labels is None else TOP1.name,
        sha256=digest(path),
        source=str(path),
        names=names if has_names else (),
        is_numbered=is_numbered,
    )


def _class_names(arrays: dict[str, NDArray[Any]]) -> tuple[str, ...]:
    """Take the names of the classes out of the arrays; an input may have that name as well."""
    names = arrays.get(_CLASSES)
    if names is None or names.dtype.kind not in TEXTS or names.ndim != 1:
        return ()
    del arrays[_CLASSES]
    if names.dtype.kind == "S":
        names = np.char.decode(names, "utf-8", "replace")
    return tuple(map(str, names))


def _groups(path: Path, arrays: dict[str, NDArray[Any]], count: int) -> NDArray[np.int64] | None:
    if "groups" not in arrays:
        return None
    groups = checked_labels(arrays["groups"], count, f"{path}, groups")
    if set(groups.tolist()) != set(range(int(groups.max()) + 1)):
        raise DatasetInvalid(f"{path}: a number between 0 and the largest of `groups` is missing")
    return groups


def _other_kind(path: Path) -> str | None:
    """Return what a file is that is no archive; None if it can't be recognized."""
    with suppress(OSError), path.open("rb") as file:
        return file_kind(file.read(LOOKED_AT_BYTES))
    return None


class _Archive:
    """An archive's arrays as far as they were read, within the memory that there is."""

    def __init__(self, path: Path) -> None:
        available = available_memory()
        self._left = MOST_BYTES if available is None else min(MOST_BYTES, available.size_bytes)
        self._path = path
        self.arrays: dict[str, NDArray[Any]] = {}

    def read(self, name: str) -> None:
        """Read an array.

        Raises
        ------
        ArrayFileInvalid
            If it is damaged, or larger than the memory that is left.
        """
        self.arrays |= read_npz(self._path, [name], self._left)
        self._left -= self.arrays[name].nbytes

    def read_input(self, name: str, rows: int) -> None:
        """Read an array of any name if it is an input; others may be of any kind and any size."""
        with suppress(ArrayFileInvalid):
            header = npz_headers(self._path, [name])[name]
            if _is_input(header.shape, header.dtype, rows):
                self.read(name)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what a dataset may have, within the memory that there is."""
    archive = _Archive(path)
    try:
        names = npz_names(path)
        for name in _needed_names(path, names):
            archive.read(name)
    except ArrayFileInvalid as error:
        raise _unreadable(path, error) from error
    if single := _single(archive.arrays):
        # The other inputs may be called `x` and `mask`.
        rows = _rows(archive.arrays[single[0]])
        for name in [name for name in names if name not in archive.arrays]:
            archive.read_input(name, rows)
    return archive.arrays


def _needed_names(path: Path, names: Sequence[str]) -> Sequence[str]:
    """Return the arrays whose names are known; all of them where no input is among these."""
    known = [name for name in names if name in _NAMES or _NUMBERED.fullmatch(name)]
    if any(name in SINGLE_INPUT or _NUMBERED.fullmatch(name) for name in known):
        return known
    if len(known) == len(names) or len(names) < LEAST_NAMED:
        raise DatasetInvalid(
            f"{path}: no array is called `inputs`; it has {', '.join(names) or 'none'}"
        )
    return names


def _unreadable(path: Path, error: ArrayFileInvalid) -> DatasetInvalid:
    if kind := _other_kind(path):
        return DatasetInvalid(f"{path}: not an .npz: it is {kind}")
    return DatasetInvalid(
        f"{path}: not a readable .npz: {error} (data that don't fit into memory can be given "
        "as a folder of .npy files)"
    )


def _input_names(
    path: Path, arrays: Mapping[str, NDArray[Any]], labels: str | None
) -> tuple[str, ...]:
    """Return which arrays are inputs, the one that is called so first."""
    numbered = [f"inputs_{number}" for number in range(len(arrays))]
    numbered = list(takewhile(lambda name: name in arrays, numbered))
    single = _single(arrays)
    if not single and (numbered or any(_NUMBERED.fullmatch(name) for name in arrays)):
        if not numbered:
            raise DatasetInvalid(f"{path}: its arrays are not numbered from inputs_0 on")
        return tuple(numbered)
    others = [name for name in arrays if name not in (*single, labels, "groups")]
    if not single:
        return tuple(others)
    rows = _rows(arrays[single[0]])
    inputs = (name for name in others if _is_input(arrays[name].shape, arrays[name].dtype, rows))
    return (*single, *inputs)


def _single(arrays: Container[str]) -> list[str]:
    """Return the name of the array that is called as a model's only input is, if any."""
    return [name for name in SINGLE_INPUT if name in arrays][:1]


def _rows(array: NDArray[Any]) -> int:
    return len(array) if array.ndim else 0


def _is_input(shape: Sequence[int], dtype: np.dtype[Any], rows: int) -> bool:
    return len(shape) > 0 and shape[0] == rows and dtype.kind in NUMBERS


def _check(path: Path, names: Sequence[str], inputs: Sequence[NDArray[Any]]) -> None:
    if any(each.ndim == 0 or each.dtype.kind not in NUMBERS for each in inputs):
        raise DatasetInvalid(f"{path}: its inputs must be arrays of numbers, one row per sample")
    lengths = [len(each) for each in inputs]
    if len(set(lengths)) > 1:
        raise DatasetInvalid(f"{path}: its inputs {', '.join(names)} have {lengths} samples")
    if not lengths[0]:
        raise DatasetInvalid(f"{path}: it has no samples")
    for each in inputs:
        require_numbers(each, str(path))
