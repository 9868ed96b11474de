"""Training data: stored samples, turned into what the model takes batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import Encoding
from edgebench.training.task import Batch, Task


def real_batch(encoding: Encoding, stored: NDArray[Any]) -> Batch:
    """Return several stored samples in real values; see `Encoding.real`."""
    return np.stack([encoding.real(sample) for sample in stored])


class Batches(keras.utils.PyDataset):
    """Shuffled batches of a training set that stays as small as it is stored."""

    def __init__(self, path: Path, encoding: Encoding, task: Task) -> None:
        super().__init__()
        with np.load(path) as data:
            self._stored = data["inputs"]
            self._labels = None if task.autoencoder else data["labels"].astype(np.int32)
        self._encoding, self._task = encoding, task
        self._rng = np.random.default_rng(task.seed)
        self._order = self._rng.permutation(len(self._stored))

    def __len__(self) -> int:
        return len(self._stored) // self._task.batch

    def __getitem__(self, index: int) -> tuple[Batch, Any]:
        chosen = self._order[index * self._task.batch : (index + 1) * self._task.batch]
        inputs = real_batch(self._encoding, self._stored[chosen])
        if self._task.vary is not None:
            inputs = self._task.vary(inputs, self._rng)
        return inputs, inputs if self._labels is None else self._labels[chosen]

    def on_epoch_end(self) -> None:
        """Shuffle."""
        self._order = self._rng.permutation(len(self._stored))
