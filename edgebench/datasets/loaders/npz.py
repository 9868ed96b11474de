"""Read a numpy archive: ``inputs`` (or ``inputs_0``, ``inputs_1``, ...) and ``labels``.

With ``groups``, a number a sample, the samples are windows of recordings, and there is a label a
recording.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.loaders.labels import checked_labels
from edgebench.datasets.loaders.untrusted import digest, require_numbers
from edgebench.errors import DatasetInvalid
from edgebench.files.arrays import MOST_BYTES, ArrayFileInvalid, npz_names, read_npz
from edgebench.host.available_memory import available_memory

_INPUT_NAMES = ("inputs", "x", "X")
_LABEL_NAMES = ("labels", "y", "Y")
_NAMES = (*_INPUT_NAMES, *_LABEL_NAMES, "groups")
_NUMBERED = re.compile(r"inputs_\d{1,4}")


def load(path: Path, encoding: Encoding) -> Dataset:
    """Open an .npz; the first dimension of every array is the sample.

    Raises
    ------
    DatasetInvalid
        If it is damaged, has no inputs or no samples, or its arrays differ in length.
    """
    arrays = _arrays(path)
    inputs = _inputs(path, arrays)
    count = len(inputs[0])
    if any(len(each) != count for each in inputs):
        raise DatasetInvalid(f"{path}: its inputs have {[len(each) for each in inputs]} samples")
    labels = next((arrays[name] for name in _LABEL_NAMES if name in arrays), None)
    groups = _groups(path, arrays, count)
    labelled = count if groups is None else int(groups.max()) + 1

    def sample(index: int) -> Sample:
        return tuple(encoding.real(each[index]) for each in inputs)

    return Dataset(
        name=path.stem,
        count=count,
        sample=sample,
        labels=None if labels is None else checked_labels(labels, labelled, str(path)),
        groups=groups,
        metric=None if labels is None else "top1",
        sha256=digest(path),
        source=str(path),
    )


def _groups(path: Path, arrays: dict[str, NDArray[Any]], count: int) -> NDArray[np.int64] | None:
    if "groups" not in arrays:
        return None
    groups = checked_labels(arrays["groups"], count, f"{path}, groups")
    if set(groups.tolist()) != set(range(int(groups.max()) + 1)):
        raise DatasetInvalid(f"{path}: a number between 0 and the largest of `groups` is missing")
    return groups


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what a dataset may have, within the memory that there is."""
    try:
        names = npz_names(path)
        wanted = [name for name in names if name in _NAMES or _NUMBERED.fullmatch(name)]
        found: dict[str, NDArray[Any]] = {}
        available = available_memory()
        left = MOST_BYTES if available is None else min(MOST_BYTES, available.size_bytes)
        for name in wanted:
            found |= read_npz(path, [name], left)
            left -= found[name].nbytes
    except ArrayFileInvalid as error:
        raise DatasetInvalid(
            f"{path}: not a readable .npz: {error} (data that don't fit into memory can be given "
            "as a folder of .npy files)"
        ) from error
    if not any(name in _INPUT_NAMES or _NUMBERED.fullmatch(name) for name in found):
        raise DatasetInvalid(
            f"{path}: no array is called `inputs`; it has {', '.join(names) or 'none'}"
        )
    return found


def _inputs(path: Path, arrays: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    single = [arrays[name] for name in _INPUT_NAMES if name in arrays]
    numbered = [arrays[f"inputs_{i}"] for i in range(len(arrays)) if f"inputs_{i}" in arrays]
    inputs = single[:1] or numbered
    if not inputs:
        raise DatasetInvalid(f"{path}: its arrays are not numbered from inputs_0 on")
    if any(each.ndim == 0 or each.dtype.kind not in "biuf" for each in inputs):
        raise DatasetInvalid(f"{path}: its inputs must be arrays of numbers, a row a sample")
    if len(inputs[0]) == 0:
        raise DatasetInvalid(f"{path}: it has no samples")
    for each in inputs:
        require_numbers(each, str(path))
    return inputs
