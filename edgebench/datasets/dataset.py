"""A dataset as a run uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sample = tuple[NDArray[Any], ...]
"""One sample: an array for each input of the model, in real values (not quantized)."""


@dataclass(frozen=True)
class Dataset:
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
        A key of `edgebench.datasets.metrics.METRICS`, or None.
    limits
        What an accuracy on this data does not tell; shown wherever accuracy is.
    sha256
        Of the files that the samples came from, or empty for made-up inputs.
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
