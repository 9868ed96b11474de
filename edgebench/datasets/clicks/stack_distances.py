"""How near the rows of lookups come back: LRU stack distances, in the data and as LoadGen drew.

LoadGen draws samples at random, whole queries where samples are grouped. What comes back soon in
the data then comes back late, or sooner or later by popularity alone: only within a query is the
order kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset

DEPTHS = (1, 2, 4, 8, 16, 32, 64)
MOST_LOOKUPS = 20_000
"""So many are looked at, table by table."""
NEVER = -1

Shares = dict[str, float]
"""Shares of lookups that take one of the last N distinct rows of their table, by N."""


def shares_in_order(dataset: Dataset) -> Shares:
    """Return how near a click log's rows come back in the order of the data; empty of others."""
    rows = dataset.scored.lookups
    return {} if rows is None else _shares(rows, np.arange(len(rows)))


def shares_as_drawn(dataset: Dataset, drawn: Sequence[int]) -> Shares:
    """Return how near they come back where samples (queries, if grouped) were drawn so."""
    rows = dataset.scored.lookups
    if rows is None or not len(drawn):
        return {}
    queries = dataset.queries
    order = (
        drawn if queries is None else [item for each in drawn for item in queries.items_of(each)]
    )
    return _shares(rows, np.asarray(order, np.int64))


def _shares(rows: NDArray[np.int32], order: NDArray[np.int64]) -> Shares:
    per_table = len(order) * rows.shape[2]
    tables = min(rows.shape[1], max(1, MOST_LOOKUPS // per_table))
    samples = min(len(order), max(1, MOST_LOOKUPS // (tables * rows.shape[2])))
    distances = np.concatenate(
        [_distances(rows[order[:samples], table].ravel()) for table in range(tables)]
    )
    near = distances != NEVER
    return {str(depth): round(float(np.mean(near & (distances <= depth))), 4) for depth in DEPTHS}


def _distances(lookups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return each lookup's stack distance: 1 for the row looked up last, `NEVER` beyond all."""
    recent: list[int] = []
    found = np.full(lookups.size, NEVER)
    for place, row in enumerate(lookups.tolist()):
        if row in recent:
            found[place] = recent.index(row) + 1
            recent.remove(row)
        elif len(recent) == DEPTHS[-1]:
            recent.pop()
        recent.insert(0, row)
    return found
