"""Write a dataset as one .npz, sample by sample: it may be larger than the memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edgebench.files.atomic import replacing
from edgebench.files.disk import disk_errors

_FORMAT: Any = np.lib.format  # numpy does not type it


class Writer:
    """Takes the samples of an archive that is being written."""

    def __init__(self, archive: zipfile.ZipFile, shape: Sequence[int], count: int) -> None:
        self._inputs: IO[bytes] = archive.open("inputs.npy", "w", force_zip64=True)
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, *shape)}
        _FORMAT.write_array_header_1_0(self._inputs, header)

    def add(self, values: NDArray[np.float32]) -> None:
        """Append a sample."""
        self._inputs.write(np.ascontiguousarray(values, "<f4").tobytes())

    def close(self) -> None:
        """End the array of inputs."""
        self._inputs.close()


@contextmanager
def written(
    path: Path,
    shape: Sequence[int],
    labels: Sequence[int] | None,
    classes: Sequence[str],
    count: int,
) -> Iterator[Writer]:
    """Give a writer for ``count`` samples; the file is in place if the block succeeds.

    Raises
    ------
    DiskFull, EdgebenchError
        If it can't be written.
    """
    with disk_errors(path), replacing(path) as draft, zipfile.ZipFile(draft, "w") as archive:
        if labels is not None:
            _write(archive, "labels", np.asarray(labels, np.int64))
        if classes:
            _write(archive, "classes", np.asarray(classes, np.str_))
        writer = Writer(archive, shape, count)
        try:
            yield writer
        finally:
            writer.close()


def _write(archive: zipfile.ZipFile, name: str, values: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w") as file:
        np.lib.format.write_array(file, values, allow_pickle=False)
