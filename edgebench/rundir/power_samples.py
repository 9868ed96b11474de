"""power/samples.npz as readers of results see it: power over time, and the meter's marks."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid


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
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            t_ns, power_w = file["t_ns"].astype(np.int64), file["power_w"].astype(np.float64)
            marks = file["marks_ns"] if "marks_ns" in file.files else np.empty(0)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if t_ns.shape != power_w.shape or t_ns.ndim != 1:
        raise RunDirectoryInvalid(f"{path}: damaged: {t_ns.size} times, {power_w.size} powers")
    return Samples(t_ns, power_w, marks.astype(np.int64))
