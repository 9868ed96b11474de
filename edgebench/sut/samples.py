"""Samples in the model's own numbers, at fixed places in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.errors import DatasetMismatch
from edgebench.models.tensors import Tensor


class SampleStore:
    """Encoded samples, each a row of bytes: its inputs one after the other.

    ``addresses`` maps a sample's index to where its row lies.
    """

    def __init__(self) -> None:
        self.addresses: dict[int, int] = {}
        self._rows: dict[int, NDArray[np.uint8]] = {}

    def put(self, rows: Mapping[int, NDArray[np.uint8]]) -> None:
        """Hold rows of bytes."""
        self._rows.update(rows)
        for index, row in rows.items():
            self.addresses[index] = row.__array_interface__["data"][0]

    def drop(self, indices: Sequence[int]) -> None:
        """Let rows go."""
        for index in indices:
            self.addresses.pop(index, None)
            self._rows.pop(index, None)


def encode_samples(
    samples: Mapping[int, Sample], inputs: Sequence[Tensor]
) -> dict[int, NDArray[np.uint8]]:
    """Turn samples into rows of bytes as the model's inputs want them.

    Raises
    ------
    DatasetMismatch
        If a sample has another number of inputs or of values than the model.
    """
    return {index: _row(sample, inputs) for index, sample in samples.items()}


def _row(sample: Sample, inputs: Sequence[Tensor]) -> NDArray[np.uint8]:
    if len(sample) != len(inputs):
        raise DatasetMismatch(
            f"the model has {len(inputs)} inputs, a sample of the dataset has {len(sample)}"
        )
    encoded = [
        tensor.encode(values).reshape(-1).view(np.uint8)
        for tensor, values in zip(inputs, sample, strict=True)
    ]
    return np.concatenate(encoded)
