"""performance/times.npy: when each query was answered and how long it took, by our own clock.

LoadGen's logs have percentiles only; what was when, a histogram, or how far a result would be
repeated can be computed from these. A long test's are thinned out evenly; of a series of tests, all
are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid
from edgebench.files.arrays import ArrayFileInvalid, read_npy
from edgebench.rundir.contents.presence import is_present

TIMES = "times.npy"
ROW = np.dtype(
    [
        ("lane", "<i4"),
        ("samples", "<i4"),
        ("ended_ns", "<i8"),
        ("invoke_ns", "<i8"),
        ("around_ns", "<i8"),
    ]
)
"""numpy.load gives an array of these; no archive, which would cost a run half a megabyte."""
_NAMES = ROW.names or ()


@dataclass(frozen=True)
class Times:
    """Queries (Offline: pieces of the query), a lane after the other, in the order of time.

    Attributes
    ----------
    lane
        The instance that answered.
    ended_ns
        When it had answered, by the host's clock that timeline.json and power/samples.npz are on.
    invoke_ns
        What the inferences themselves took; of a device, by the device's clock.
    around_ns
        What taking, running and answering took; 0 where LoadGen's own thread ran it.
    samples
        How many samples were in it.
    """

    lane: NDArray[np.int64]
    ended_ns: NDArray[np.int64]
    invoke_ns: NDArray[np.int64]
    around_ns: NDArray[np.int64]
    samples: NDArray[np.int64]

    @property
    def per_sample_ns(self) -> NDArray[np.float64]:
        """The time of a sample's inference: pieces are of many sizes, small ones at the end."""
        each: NDArray[np.float64] = self.invoke_ns / np.maximum(self.samples, 1)
        return each


def joined(parts: Sequence[Times]) -> Times:
    """Return the times of tests that were run one after another as those of one."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES}
    order = np.argsort(columns["lane"], kind="stable")
    return Times(**{name: column[order] for name, column in columns.items()})


def write_times(folder: Path, times: Times) -> None:
    """Write times.npy into a test's folder.

    Raises
    ------
    OSError
        If it can't be written.
    """
    rows = np.empty(times.lane.size, ROW)
    for name in _NAMES:
        rows[name] = getattr(times, name)
    np.save(folder / TIMES, rows, allow_pickle=False)


def read_times(folder: Path) -> Times | None:
    """Read a test's times.npy; None where an older edgebench wrote none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = folder / TIMES
    if not is_present(path):
        return None
    try:
        rows = read_npy(path)
    except ArrayFileInvalid as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if rows.dtype != ROW or rows.ndim != 1:
        raise RunDirectoryInvalid(f"{path}: damaged: not one row per query")
    for name in ("samples", "invoke_ns", "around_ns"):
        if np.any(rows[name] < 0):
            raise RunDirectoryInvalid(f"{path}: damaged: `{name}` below 0")
    return Times(**{name: rows[name].astype(np.int64) for name in _NAMES})
