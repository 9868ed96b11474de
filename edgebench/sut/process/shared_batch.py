"""Memory that a lane and its process both see: a piece of work, and its answers.

Outputs that went through a socket would be copied five times on their way, and a process that
waits for room in it reads nothing meanwhile.
"""

from __future__ import annotations

import os
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryFile
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import SutFailed
from edgebench.files.refusals import refusal
from edgebench.sut.contract import Inference

INDEX_BYTES = 8
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (the file has no name there)


def nameless_memory() -> int:
    """Return a file descriptor of memory that has no name.

    By memfd_create(2); a Python that was built where it was not known yet lacks it.
    """
    create = getattr(os, "memfd_create", None)
    if create is not None:
        fd: int = create("edgebench-batch")
        return fd
    with TemporaryFile(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as file:
        return os.dup(file.fileno())


class SharedBatch:
    """The samples that are to run, and where their outputs go.

    Parameters
    ----------
    fd
        `nameless_memory`: whoever has it sees the same bytes. It is closed when nobody has the
        piece any more.

    Attributes
    ----------
    stride
        Bytes of one sample's outputs; to be set before the piece is used.
    indices
        Shape (capacity,), int64.
    inference
        Its outputs have the shape (capacity, stride).
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        # Not by a `close`: a lane's thread that still makes room must not find another's file.
        finalize(self, os.close, fd)
        self.stride = 0
        self.capacity = 0
        self.indices: NDArray[np.int64]
        self.inference: Inference

    def reserve(self, count: int) -> None:
        """Have room for so many samples; what the memory holds is lost if there was less.

        Raises
        ------
        SutFailed
            If it can't be mapped.
        """
        if count <= self.capacity:
            return
        size_bytes = count * (INDEX_BYTES + self.stride)
        try:
            os.ftruncate(self.fd, size_bytes)
            self.map(count)
        except OSError as error:
            raise SutFailed(
                f"{size_bytes:,} bytes for the outputs of {count} samples: {refusal(error)}; try a "
                "smaller `batch` or fewer `instances`"
            ) from error

    def map(self, capacity: int) -> None:
        """Look at the memory as the other side does, which has made room for `capacity`."""
        if capacity == self.capacity:
            return
        # Arrays keep what they look into: an older map goes when nobody looks into it any more.
        memory = mmap(self.fd, capacity * (INDEX_BYTES + self.stride))
        self.indices = np.frombuffer(memory, np.int64, capacity)
        outputs = np.frombuffer(memory, np.uint8, offset=capacity * INDEX_BYTES)
        self.inference = Inference(outputs.reshape(capacity, self.stride))
        self.capacity = capacity
