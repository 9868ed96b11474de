"""power/samples.npz as readers of results see it: power over time, and the meter's marks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid
from edgebench.files.arrays import ArrayFileInvalid, read_npz
from edgebench.rundir.contents.presence import is_present

_KINDS = {"t_ns": "iu", "power_w": "fiu", "marks_ns": "iu"}
"""The arrays, each of one dimension, and numpy's letters for the types that will do."""


@dataclass(frozen=True)
class Samples:
    """A meter's samples on the host's clock; ``marks_ns`` are the edges that it saw."""

    t_ns: NDArray[np.int64]
    power_w: NDArray[np.float64]
    marks_ns: NDArray[np.int64]


def read_samples(path: Path) -> Samples | None:
    """Read samples.npz; None where no meter was read.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    if not is_present(path):
        return None
    try:
        arrays = read_npz(path, _KINDS)
    except ArrayFileInvalid as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    arrays.setdefault("marks_ns", np.zeros(0, np.int64))
    for name, kinds in _KINDS.items():
        array = arrays.get(name)
        if array is None or array.ndim != 1 or array.dtype.kind not in kinds:
            found = "missing" if array is None else f"{array.dtype}, shape {array.shape}"
            raise RunDirectoryInvalid(f"{path}: damaged: `{name}`: {found}")
    t_ns, power_w, marks_ns = (arrays[name] for name in _KINDS)
    if t_ns.size != power_w.size:
        raise RunDirectoryInvalid(f"{path}: damaged: {t_ns.size} times, {power_w.size} powers")
    if not np.all(np.isfinite(power_w)):
        raise RunDirectoryInvalid(f"{path}: damaged: `power_w` has values that are not finite")
    return Samples(t_ns.astype(np.int64), power_w.astype(np.float64), marks_ns.astype(np.int64))
