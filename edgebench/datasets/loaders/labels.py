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
