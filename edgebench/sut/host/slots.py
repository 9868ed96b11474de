"""Places of samples in memory that holds several of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Slot = tuple[memoryview, ...]
"""A sample's place in memory: a view per input, or per output."""


def slots_of(outputs: NDArray[np.uint8], sizes: Sequence[int]) -> list[Slot]:
    """Cut each row of `outputs`, shape (samples, bytes), into pieces of the given sizes."""
    ends = list(accumulate(sizes))
    cuts = [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    return [tuple(memoryview(row)[cut] for cut in cuts) for row in outputs]


def slots_within(tensors: Sequence[memoryview], batch: int) -> list[Slot]:
    """Cut tensors that hold a batch into the places of its samples."""
    sizes = [len(tensor) // batch for tensor in tensors]
    return [
        tuple(t[i * size : (i + 1) * size] for t, size in zip(tensors, sizes, strict=True))
        for i in range(batch)
    ]
