"""A fixed teacher that decides who clicks, so that the best possible AUC is known.

Every kind of row has a value; those of a table are averaged to one number of mean 0 and variance
1, and so are the dense features. The log-odds of a click are a weighted sum of them and of the
products of neighbouring tables, which an interaction layer can find.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.clicks.rows import Rows
from edgebench.datasets.clicks.spec import ClickSpec

SEED = 1906_00091
BIAS = -0.9
TABLES, PAIRS, DENSE = 1.3, 0.6, 0.8
"""Standard deviations of the three parts of the log-odds."""
_UNIT = sqrt(12.0)
"""Over the standard deviation of a number that is uniform from 0 to 1."""

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Teacher:
    """The teacher of a click log; another log of the same sizes has the same one."""

    spec: ClickSpec

    @cached_property
    def _values(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rng = np.random.default_rng(SEED)
        kinds = (rng.random((self.spec.tables, self.spec.kinds)) - 0.5) * _UNIT
        return kinds, rng.random(self.spec.dense) - 0.5

    def probabilities(self, dense: NDArray[np.float32], rows: Rows) -> Probabilities:
        """Return how likely a click is.

        Parameters
        ----------
        dense, rows
            Shapes (n, dense), values 0 to 1, and (n, tables, lookups).
        """
        kinds, weights = self._values
        tables = np.arange(self.spec.tables)[:, None]
        each = kinds[tables, rows % self.spec.kinds].sum(axis=2) / sqrt(self.spec.lookups)
        pairs = (each[:, 1:] * each[:, :-1]).sum(axis=1) / sqrt(max(1, self.spec.tables - 1))
        linear = (dense.astype(np.float64) - 0.5) @ weights * _UNIT / np.linalg.norm(weights)
        log_odds = (
            BIAS
            + TABLES * each.sum(axis=1) / sqrt(self.spec.tables)
            + PAIRS * pairs
            + DENSE * linear
        )
        return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def best_auc(probabilities: Probabilities) -> float:
    """Return the AUC to be expected of one who knows the probabilities: none can do better.

    Over all pairs: the chance that one is clicked on, the other not, and the likelier one is it;
    over the chance that they differ at all.
    """
    p = np.sort(probabilities)
    below = np.cumsum(1.0 - p) - (1.0 - p)
    right = float((p * below).sum())
    differ = float(p.sum() * (1.0 - p).sum() - (p * (1.0 - p)).sum())
    return right / differ


def best_log_loss(probabilities: Probabilities) -> float:
    """Return the log-loss to be expected of one who knows the probabilities, in nats."""
    p = probabilities
    return float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean())
