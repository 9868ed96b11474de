"""Samples in the model's own numbers, as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgebench.datasets.dataset import Sample
from edgebench.errors import DatasetMismatch
from edgebench.models.tflite.tensors import Tensor

Row = tuple[memoryview, ...]
"""A sample as the model takes it: the bytes of each of its inputs."""


class SampleStore:
    """Encoded samples by their index, ready to be copied into input tensors."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}

    def put(self, rows: Mapping[int, Row]) -> None:
        """Hold samples."""
        self.rows.update(rows)

    def drop(self, indices: Sequence[int]) -> None:
        """Let samples go."""
        for index in indices:
            self.rows.pop(index, None)


def encode_samples(samples: Mapping[int, Sample], inputs: Sequence[Tensor]) -> dict[int, Row]:
    """Turn samples into the bytes that the model's inputs want.

    Raises
    ------
    DatasetMismatch
        If a sample has another number of inputs or another shape than the model; the message has
        its number.
    """
    rows: dict[int, Row] = {}
    for index, sample in samples.items():
        try:
            rows[index] = _row(sample, inputs)
        except DatasetMismatch as error:
            raise DatasetMismatch(f"sample {index}: {error}") from error
    return rows


def _row(sample: Sample, inputs: Sequence[Tensor]) -> Row:
    if len(sample) != len(inputs):
        raise DatasetMismatch(
            f"the model has {len(inputs)} inputs, a sample of the dataset has {len(sample)}"
        )
    return tuple(
        tensor.encode(values).reshape(-1).view(np.uint8).data
        for tensor, values in zip(inputs, sample, strict=True)
    )
