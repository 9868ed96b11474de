"""How near the rows of lookups come back: LRU stack distances, in the data and as they are drawn.

LoadGen draws samples at random, whole queries where samples are grouped. What comes back soon in
the data then comes back late, or sooner or later by popularity alone: only within a query is the
order kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset

DEPTHS = (1, 2, 4, 8, 16, 32, 64)
MOST_LOOKUPS = 20_000
"""So many are looked at, table by table."""
SEED = 1906_00091
NEVER = -1


@dataclass(frozen=True)
class StackShares:
    """Shares of lookups that take one of the last 1, 2, 4, ... distinct rows of their table.

    ``data`` in the order of the data, ``drawn`` with queries drawn at random as LoadGen does; each
    by depth.
    """

    data: dict[str, float]
    drawn: dict[str, float]


def stack_shares(dataset: Dataset) -> StackShares | None:
    """Return how near a click log's rows come back; None of other data."""
    rows = dataset.scored.lookups
    if rows is None:
        return None
    return StackShares(_shares(rows, np.arange(len(rows))), _shares(rows, _drawn(dataset)))


def _drawn(dataset: Dataset) -> NDArray[np.int64]:
    """Return the samples of queries drawn with replacement, as many as there are samples."""
    count = dataset.scored.count
    rng = np.random.default_rng(SEED)
    if dataset.queries is None:
        return (rng.random(count) * count).astype(np.int64)
    found: list[int] = []
    while len(found) < count:
        found += dataset.queries.items_of(int(rng.random() * dataset.queries.count))
    return np.array(found[:count], np.int64)


def _shares(rows: NDArray[np.int32], order: NDArray[np.int64]) -> dict[str, float]:
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
