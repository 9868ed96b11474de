"""Making a click log: features, rows, and labels that a fixed teacher gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.clicks.rows import Rows, draw_rows
from edgebench.datasets.clicks.spec import ClickSpec, Recipe
from edgebench.datasets.clicks.teacher import Probabilities, Teacher


@dataclass(frozen=True)
class ClickLog:
    """Samples of a click log.

    Attributes
    ----------
    dense, rows
        Shapes (n, dense), float32 from 0 to 1, and (n, tables, lookups), int32.
    labels, probabilities
        Shape (n,): 1 for a click, and how likely it was.
    """

    dense: NDArray[np.float32]
    rows: Rows
    labels: NDArray[np.int64]
    probabilities: Probabilities

    @property
    def sha256(self) -> str:
        """Of the features, rows and labels, little-endian, in this order."""
        digest = hashlib.sha256(self.dense.astype("<f4").tobytes())
        digest.update(self.rows.astype("<i4").tobytes())
        digest.update(self.labels.astype("<i1").tobytes())
        return digest.hexdigest()


def make_log(
    spec: ClickSpec,
    recipe: Recipe,
    samples: int | None = None,
    seed: int | tuple[int, ...] | None = None,
) -> ClickLog:
    """Make a log.

    Parameters
    ----------
    samples, seed
        If not the evaluation set's.
    """
    rng = np.random.default_rng(spec.seed if seed is None else seed)
    count = spec.samples if samples is None else samples
    dense = rng.random((count, spec.dense), np.float32)
    rows = draw_rows(spec, recipe, count, rng)
    probabilities = Teacher(spec).probabilities(dense, rows)
    labels = (rng.random(count) < probabilities).astype(np.int64)
    return ClickLog(dense, rows, labels, probabilities)
