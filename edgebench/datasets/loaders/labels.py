"""Labels as they come from files, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetInvalid


def checked_labels(labels: NDArray[Any], count: int, where: str) -> NDArray[np.int64]:
    """Return labels as class numbers, one a sample.

    Raises
    ------
    DatasetInvalid
        If their count differs from the samples', or one is not a class number.
    """
    flat = np.asarray(labels).ravel()
    if _is_one_hot(labels, count):
        raise DatasetInvalid(
            f"{where}: labels are one-hot, of shape {list(labels.shape)}; save class "
            "numbers: labels.argmax(axis=1)"
        )
    if flat.size != count:
        raise DatasetInvalid(f"{where}: {flat.size} labels for {count} samples")
    if flat.dtype.kind not in "biuf":
        raise DatasetInvalid(f"{where}: labels must be class numbers, not {flat.dtype}")
    with np.errstate(invalid="ignore"):
        whole = flat.astype(np.int64)
    bad = np.flatnonzero((whole != flat) | (whole < 0))
    if bad.size:
        raise DatasetInvalid(f"{where}: label {bad[0]} is {flat[bad[0]]}, not a class number")
    return whole


def _is_one_hot(labels: NDArray[Any], count: int) -> bool:
    """Whether each row of labels is 1 for one class and 0 for the others."""
    if labels.ndim != len(("samples", "classes")) or len(labels) != count or labels.shape[1] == 1:
        return False
    if labels.dtype.kind not in "biuf":
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())
