"""A worker's share of a recommendation model: its tables, and both MLPs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edgebench.models.geometry import Geometry
from edgebench.models.recommend.graph import Layer, Values, Weights
from edgebench.sharding.placement import Placement


class ShardedModel:
    """The tables that a worker holds, and copies of both MLPs; one thread of numpy."""

    def __init__(
        self, geometry: Geometry, weights: Weights, placement: Placement, rank: int
    ) -> None:
        self._geometry, self._placement = geometry, placement
        self._own = placement.tables_of(rank)
        self._tables = [weights.tables[table].copy() for table in self._own]
        self._bottom = tuple(map(_transposed, weights.bottom))
        self._top = tuple(map(_transposed, weights.top))
        self._left, self._right = np.array(geometry.pairs).T
        self._starts = np.cumsum([0, *map(placement.block_values, range(placement.workers))])

    def pool(self, rows: NDArray[np.int32]) -> Values:
        """Look a whole batch up in the worker's tables.

        Parameters
        ----------
        rows
            Shape (batch, all tables, lookups).

        Returns
        -------
        Sums of rows, shape (batch, own tables, dim): the part of each worker follows that of the
        one before it.
        """
        pooled = np.empty((len(rows), len(self._own), self._geometry.dim), np.float32)
        for number, (table, values) in enumerate(zip(self._own, self._tables, strict=True)):
            # One lookup of all samples at a time: a sum over an axis takes several times as long.
            total = np.take(values, rows[:, table, 0], axis=0)
            for lookup in range(1, self._geometry.lookups):
                total += np.take(values, rows[:, table, lookup], axis=0)
            pooled[:, number] = total
        return pooled

    def in_order(self, received: Values) -> Values:
        """Put the blocks of all workers in the order of the tables.

        Parameters
        ----------
        received
            What `pool` gave on every worker for this one's part, one after the other.

        Returns
        -------
        Shape (part, all tables, dim).
        """
        place, dim = self._placement, self._geometry.dim
        found = np.empty((place.part, self._geometry.tables, dim), np.float32)
        for rank, (start, stop) in enumerate(pairwise(self._starts)):
            block = received[start:stop].reshape(place.part, -1, dim)
            found[:, rank :: place.workers] = block
        return found

    def probabilities(self, dense: Values, pooled: Values) -> Values:
        """Run both MLPs and the interaction on a part; shape (part,)."""
        x = dense
        for weights, bias in self._bottom:
            x = np.maximum(x @ weights + bias, 0)
        features = np.concatenate([x[:, None], pooled], axis=1)
        if self._geometry.interaction == "dot":
            products = features @ np.ascontiguousarray(features.transpose(0, 2, 1))
            y = np.concatenate([x, products[:, self._left, self._right]], axis=1)
        else:
            y = features.reshape(len(features), -1)
        *hidden, (weights, bias) = self._top
        for each, offset in hidden:
            y = np.maximum(y @ each + offset, 0)
        logits = (y @ weights + bias)[:, 0]
        # The sigmoid, without an exponential that overflows.
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits), np.float32)


def _transposed(layer: Layer) -> tuple[Values, Values]:
    return np.ascontiguousarray(layer.weights.T), layer.bias.copy()
