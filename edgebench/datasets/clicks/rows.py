"""Which rows a click log looks up: random, popular, or popular with locality.

Only `Generator.random` is drawn from, whose stream numpy keeps, so that a seed gives the same
log everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.clicks.spec import ClickSpec, Locality, Recipe

Rows = NDArray[np.int32]
NO_ROW = -1
NEVER = 0
"""The stack distance of a row that was not among the last ones."""


def draw_rows(spec: ClickSpec, recipe: Recipe, samples: int, rng: np.random.Generator) -> Rows:
    """Draw the rows of some samples.

    Returns
    -------
    Shape (samples, tables, lookups), int32.
    """
    shape = (samples, spec.tables, spec.lookups)
    if recipe == "random":
        return (rng.random(shape) * spec.rows).astype(np.int32)
    popular = popular_rows(spec, shape, rng)
    if recipe == "trace":
        for table in range(spec.tables):
            lookups = popular[:, table].reshape(-1)
            spare = popular_rows(spec, (lookups.size,), rng, table)
            traced = with_locality(lookups, spare, spec.locality, rng)
            popular[:, table] = traced.reshape(samples, spec.lookups)
    return popular


def popular_rows(
    spec: ClickSpec, shape: tuple[int, ...], rng: np.random.Generator, table: int | None = None
) -> Rows:
    """Draw rows by Zipf's law; the most popular ones lie anywhere in a table.

    Parameters
    ----------
    shape
        (samples, tables, lookups), or any for one ``table``.
    """
    weights = np.arange(1, spec.rows + 1, dtype=np.float64) ** -spec.zipf
    share = np.cumsum(weights)
    ranks = np.searchsorted(share, rng.random(shape) * share[-1], side="right")
    np.minimum(ranks, spec.rows - 1, out=ranks)
    stride = next(n for n in range(spec.rows * 5 // 8 + 1, 2 * spec.rows) if gcd(n, spec.rows) == 1)
    tables = np.arange(spec.tables)[:, None] if table is None else table
    rows = (ranks * stride + tables * (spec.rows // 3 + 1)) % spec.rows
    return np.asarray(rows, np.int32)


def with_locality(lookups: Rows, spare: Rows, locality: Locality, rng: np.random.Generator) -> Rows:
    """Return a table's lookups with some of them replaced by rows used shortly before.

    A lookup that is not to come back takes a row that is none of the last ``depth``, so that the
    stack distances are those that were asked for, and no others.

    Parameters
    ----------
    lookups, spare
        Shape (n,): rows by popularity. ``spare`` is used in turn for those that won't do.
    """
    distances = _distances(locality, lookups.size, rng)
    recent: list[int] = []
    others: Iterator[int] = iter(np.concatenate([spare, np.unique(spare)]).tolist())
    made = np.empty_like(lookups)
    drawn = zip(lookups.tolist(), distances.tolist(), strict=True)
    for place, (popular, distance) in enumerate(drawn):
        if 0 < distance <= len(recent):
            row = recent.pop(distance - 1)
        else:
            row = popular
            while row in recent:
                row = next(others, NO_ROW)
                row = _unused(recent) if row == NO_ROW else row
            if len(recent) == locality.depth:
                recent.pop()
        recent.insert(0, row)
        made[place] = row
    return made


def _unused(recent: list[int]) -> int:
    return next(row for row in range(len(recent) + 1) if row not in recent)


def _distances(locality: Locality, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    share = np.cumsum(distance_weights(locality))
    drawn = 1 + np.searchsorted(share, rng.random(count), side="right")
    return np.where(rng.random(count) < locality.reuse, np.minimum(drawn, locality.depth), NEVER)


def distance_weights(locality: Locality) -> NDArray[np.float64]:
    """Return how often each stack distance from 1 on is asked for, as shares of the reuses."""
    weights = np.arange(1, locality.depth + 1, dtype=np.float64) ** -locality.decay
    return np.asarray(weights / weights.sum())
