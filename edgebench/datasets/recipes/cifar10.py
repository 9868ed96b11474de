"""Make MLPerf Tiny's ic01 from CIFAR-10's own archive: 200 images of its test batch.

The archive stores an image as three planes; MLPerf Tiny's files have a pixel's colours together.
Which images: benchmark/training/image_classification of mlcommons/tiny (perf_samples_loader.py).
"""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.recipes.damage import DAMAGED
from edgebench.datasets.recipes.samples import ListedSample
from edgebench.errors import DatasetInvalid
from edgebench.files.archive_fault import archive_fault
from edgebench.files.arrays import ArrayFileInvalid, read_npy
from edgebench.files.digest import sha256_of

ARCHIVES: dict[str, str] = {
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce": "cifar-10-python.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd": "cifar-10-binary.tar.gz",
}
"""The published archives by their SHA-256."""
INDICES = "perf_samples_idxs.npy"
SIDE, COLOURS = 32, 3
IMAGE_BYTES = SIDE * SIDE * COLOURS
MOST_BATCH_BYTES = 64 * 2**20
_PICKLED = frozenset(
    {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }
)
"""What a batch of the Python archive is made of: an array, lists and texts."""


@dataclass(frozen=True)
class TestBatch:
    """The 10,000 test images: shape (images, 3072) in planes, their labels, their files' names."""

    images: NDArray[np.uint8]
    labels: Sequence[int]
    stems: Sequence[str] = ()


def make(source: Path, samples: Sequence[ListedSample], lists: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each sample's file: 32 x 32 pixels of three colours, uint8.

    Raises
    ------
    DatasetInvalid
        If the archive is not one of the published ones, or has other labels.
    """
    digest = sha256_of(source) if source.is_file() else ""
    kind = ARCHIVES.get(digest)
    if kind is None:
        raise DatasetInvalid(
            f"{source}: not CIFAR-10's archive (its SHA-256 is {digest or 'none: a folder'}); name "
            "cifar-10-python.tar.gz or cifar-10-binary.tar.gz as www.cs.toronto.edu has it"
        )
    batch = _READERS[kind](source)
    for sample, at in zip(samples, _places(batch, samples, lists), strict=True):
        if batch.labels[at] != sample.label:
            raise DatasetInvalid(
                f"{source}: image {at} is of class {batch.labels[at]}, {sample.file} of class "
                f"{sample.label}"
            )
        planes = batch.images[at].reshape(COLOURS, SIDE, SIDE)
        yield sample.file, planes.transpose(1, 2, 0).tobytes()


def _places(batch: TestBatch, samples: Sequence[ListedSample], lists: Path) -> list[int]:
    """Return where in the batch each sample is: by its name, or by the official list of places."""
    if batch.stems:
        places = {stem: at for at, stem in enumerate(batch.stems)}
        absent = next((each.file for each in samples if each.stem not in places), None)
        if absent is not None:
            raise DatasetInvalid(f"the test batch has no image for {absent}")
        return [places[each.stem] for each in samples]
    try:
        found = read_npy(lists / INDICES, MOST_BATCH_BYTES).ravel()
    except ArrayFileInvalid as error:
        raise DatasetInvalid(f"{lists / INDICES}: {error}") from error
    if len(found) != len(samples) or not 0 <= int(found.min()) <= int(found.max()) < len(
        batch.images
    ):
        raise DatasetInvalid(f"{lists / INDICES}: not the places of {len(samples)} images")
    return [int(each) for each in found]


def _from_python(archive: Path) -> TestBatch:
    batch = _PlainUnpickler(io.BytesIO(_member(archive, "test_batch")), encoding="bytes").load()
    images = np.asarray(batch[b"data"], np.uint8).reshape(-1, IMAGE_BYTES)
    names = [PurePosixPath(each.decode()).stem for each in batch[b"filenames"]]
    return TestBatch(images, batch[b"labels"], names)


def _from_binary(archive: Path) -> TestBatch:
    rows = np.frombuffer(_member(archive, "test_batch.bin"), np.uint8)
    rows = rows.reshape(-1, 1 + IMAGE_BYTES)
    return TestBatch(rows[:, 1:], rows[:, 0].tolist())


_READERS: Mapping[str, Callable[[Path], TestBatch]] = {
    "cifar-10-python.tar.gz": _from_python,
    "cifar-10-binary.tar.gz": _from_binary,
}


class _PlainUnpickler(pickle.Unpickler):
    """Reads arrays, lists and texts: nothing that a pickle names is called but what makes those."""

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the names that a batch has."""
        if (module, name) not in _PICKLED:
            raise DatasetInvalid(f"a batch of CIFAR-10 names {module}.{name}: it is another file")
        return super().find_class(module, name)


def _member(archive: Path, name: str) -> bytes:
    """Return a file of an archive, wherever in it the file is."""
    try:
        with tarfile.open(archive) as packed:
            for each in packed:
                is_one = each.isfile() and PurePosixPath(each.name).name == name
                if is_one and each.size <= MOST_BATCH_BYTES:
                    content = packed.extractfile(each)
                    return content.read() if content else b""
    except DAMAGED as error:
        raise DatasetInvalid(f"{archive}: can't be read: {archive_fault(error)}") from error
    raise DatasetInvalid(f"{archive}: it has no {name}")
