"""performance/times.npz: when each query was answered and how long it took, by our own clock.

LoadGen's logs have percentiles only; what was when, a histogram, or how far a result would be
repeated can be told from these. A long test's are thinned out evenly.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid

TIMES = "times.npz"


@dataclass(frozen=True)
class Times:
    """Queries (Offline: pieces of the query), a lane after the other, in the order of time.

    Attributes
    ----------
    lane
        The instance that answered.
    ended_ns
        When it had answered, by the host's clock that along.json and power/samples.npz are on.
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


def write_times(folder: Path, times: Times) -> None:
    """Write times.npz into a test's folder.

    Raises
    ------
    OSError
        If it can't be written.
    """
    columns = {field.name: getattr(times, field.name) for field in fields(Times)}
    np.savez_compressed(folder / TIMES, **columns)


def read_times(folder: Path) -> Times | None:
    """Read a test's times.npz; None where an older edgebench wrote none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = folder / TIMES
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            columns = {field.name: file[field.name].astype(np.int64) for field in fields(Times)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if len({column.shape for column in columns.values()}) != 1 or columns["lane"].ndim != 1:
        raise RunDirectoryInvalid(f"{path}: damaged: columns of different lengths")
    return Times(**columns)
