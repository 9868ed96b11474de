"""A click log of the user's as training data: shuffled batches, and the end of it held out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.errors import DatasetMismatch

HELD_OUT = 0.1
"""Share of a log that is evaluated on: its last lines, the latest where it is in order of time."""


class Clicks(Protocol):
    """Samples of a click log, made or read; shapes as in `edgebench.datasets.clicks.make`."""

    @property
    def dense(self) -> NDArray[np.float32]:
        """Dense features."""

    @property
    def rows(self) -> NDArray[np.int32]:
        """Rows that are looked up."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """1 for a click."""


@dataclass(frozen=True)
class ReadClicks:
    """Samples of a log that was read."""

    dense: NDArray[np.float32]
    rows: NDArray[np.int32]
    labels: NDArray[np.int64]

    def at(self, chosen: NDArray[np.int64]) -> ReadClicks:
        """Return some of them."""
        return ReadClicks(self.dense[chosen], self.rows[chosen], self.labels[chosen])


@dataclass(frozen=True)
class SplitLog:
    """A log's first part, to learn, and its last, to evaluate on, also as what scores answers."""

    learned: ReadClicks
    held_out: ReadClicks
    held_out_data: Dataset


def split_log(data: Dataset) -> SplitLog:
    """Hold out the end of a log.

    Raises
    ------
    DatasetMismatch
        If it is too short, or one part has clicks only, or none.
    """
    labels = data.labels
    first = data.count - round(data.count * HELD_OUT)
    if labels is None or not 0 < first < data.count:
        raise DatasetMismatch(f"{data.source}: {data.count} samples are too few to hold some out")
    samples = [data.sample(index) for index in range(data.count)]
    dense, rows = (np.stack(part) for part in zip(*samples, strict=True))
    whole = ReadClicks(dense, rows, labels)
    learned, held_out = whole.at(np.arange(first)), whole.at(np.arange(first, data.count))
    for part, name in ((learned, "first 90 %"), (held_out, "last 10 %")):
        if len(set(part.labels.tolist())) < 2:
            raise DatasetMismatch(f"{data.source}: its {name} have clicks only, or none")
    held_out_data = dataclasses.replace(
        data,
        count=data.count - first,
        sample=lambda index: data.sample(first + index),
        labels=labels[first:],
    )
    return SplitLog(learned, held_out, held_out_data)


def require_batch(clicks: ReadClicks, batch: int) -> None:
    """Raise if there is not a whole batch.

    Raises
    ------
    DatasetMismatch
        If so.
    """
    count = len(clicks.labels)
    if count < batch:
        raise DatasetMismatch(
            f"{count:,} samples to learn from are fewer than a batch of {batch:,}: choose a "
            "smaller `batch`, or a longer log",
            field="batch",
        )


def shuffled(clicks: ReadClicks, batch: int, seed: int) -> Iterator[ReadClicks]:
    """Yield batches for ever, shuffled anew after each time through.

    There must be a whole batch: see `require_batch`.
    """
    count = len(clicks.labels)
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(count)
        for start in range(0, count - batch + 1, batch):
            yield clicks.at(order[start : start + batch])
