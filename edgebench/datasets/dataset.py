"""A dataset as a run uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgebench.text.brief import Brief

if TYPE_CHECKING:
    from edgebench.datasets.stream import AudioStream

Sample = tuple[NDArray[Any], ...]
"""One sample: an array for each input of the model, in real values (not quantized)."""
SINGLE_INPUT = ("inputs", "x", "X")
"""What the array of a model's only input may be called."""


@dataclass(frozen=True)
class Best:
    """The best possible score, where it is known: made data tell it.

    To be expected of one who knows how likely each label was; a lucky draw can be better.
    """

    auc: float
    log_loss: float


@dataclass(frozen=True)
class Queries:
    """Which items each query has: those from ``starts[i]`` to before ``starts[i + 1]``.

    ``items`` is the dataset of the items, with their labels; ``starts`` has one more than there
    are queries.
    """

    items: Dataset
    starts: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many queries there are."""
        return len(self.starts) - 1

    @property
    def longest(self) -> int:
        """Most items of a query."""
        return int(np.diff(self.starts).max())

    @property
    def mean(self) -> float:
        """Items of a query, on average."""
        return float(np.diff(self.starts).mean())

    def items_of(self, index: int) -> range:
        """Return the indices of a query's items."""
        return range(int(self.starts[index]), int(self.starts[index + 1]))


@dataclass(frozen=True, repr=False)
class Dataset(Brief):
    """Samples that can be had one by one, and what is known of them.

    Attributes
    ----------
    sample
        Gives the sample of an index below ``count``. Reads a file where the data lie in files.
    labels
        Shape (groups,), the class of each sample, or of each group where there are groups;
        None when there is nothing to compare with.
    groups
        Shape (count,): which recording a window was cut from (sliding windows), or None.
    metric
        A key of `edgebench.datasets.scoring.SCORERS`, or None.
    limits
        What an accuracy on this data does not tell; shown wherever accuracy is.
    queries
        Set where every sample is a query of several items.
    sha256
        Of the files that the samples came from, or empty for made-up inputs.
    names
        What the data call the arrays of a sample; empty: they have an order only.
    is_numbered
        Whether that order is one that a person gave them: ``inputs_0``, ``inputs_1``, ...
    files
        The name of the file of each sample, or of each group; empty where they have none.
    stream
        Set where the samples are the frames of a recording, which come one after the other.
    lookups
        Of a click log that is made: the rows of every sample, shape (count, tables, lookups).
    """

    name: str
    count: int
    sample: Callable[[int], Sample]
    labels: NDArray[np.int64] | None = None
    groups: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    metric: str | None = None
    limits: str = ""
    sha256: str = ""
    source: str = ""
    is_random: bool = False
    best: Best | None = None
    queries: Queries | None = None
    names: tuple[str, ...] = ()
    is_numbered: bool = False
    files: tuple[str, ...] = ()
    stream: AudioStream | None = None
    lookups: NDArray[np.int32] | None = None

    @property
    def scored(self) -> Dataset:
        """The data that the labels belong to: the items of queries, else the samples themselves."""
        return self if self.queries is None else self.queries.items
