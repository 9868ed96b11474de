"""Queries of many samples: a recommendation query scores tens of candidates at once.

Sizes are fixed or lognormal, as production traffic has them (Gupta et al., 2001.02772, section
3). LoadGen then counts queries, and a latency is that of a whole query.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from math import exp, isfinite, log

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Queries, Sample
from edgebench.errors import UsageError

SEED = 2001_02772
LOGNORMAL = "lognormal"
LARGEST = 16.0
"""Times the median: longer queries are cut, so that one does not take the whole test."""


@dataclass(frozen=True)
class QuerySize:
    """How many samples a query has: ``median``, and the spread ``sigma`` of its logarithm."""

    median: float
    sigma: float = 0.0

    def __str__(self) -> str:
        """Return it as it is asked for."""
        return f"lognormal:{self.median:g},{self.sigma:g}" if self.sigma else f"{self.median:g}"

    def draw(self, total: int) -> NDArray[np.int64]:
        """Return sizes that add up to ``total``; the last query is what is left."""
        rng = np.random.default_rng(SEED)
        sizes: list[int] = []
        left = total
        while left > 0:
            # Two uniform numbers to a normal one (Box and Muller): their stream numpy keeps.
            first, second = rng.random(2)
            normal = np.sqrt(-2.0 * log(1.0 - first)) * np.cos(2.0 * np.pi * second)
            drawn = exp(log(self.median) + self.sigma * normal)
            size = min(left, max(1, round(min(drawn, LARGEST * self.median))))
            sizes.append(size)
            left -= size
        return np.array(sizes, np.int64)


def parse_query_size(text: str) -> QuerySize:
    """Read ``16`` or ``lognormal:16,0.8`` (median, sigma).

    Raises
    ------
    UsageError
        If it is neither.
    """
    kind, colon, numbers = text.partition(":")
    try:
        if not colon:
            found = QuerySize(int(text))
        else:
            median, sigma = numbers.split(",")
            found = QuerySize(float(median), float(sigma))
    except ValueError:
        found = QuerySize(0.0)
    good = isfinite(found.median) and isfinite(found.sigma) and found.sigma >= 0
    if not good or found.median < 1 or kind not in (LOGNORMAL, text):
        raise UsageError(
            f"`query_size`: {text!r} is neither a number of samples, such as 16, nor "
            "lognormal:MEDIAN,SIGMA, such as lognormal:16,0.8",
            field="query_size",
            value=text,
        )
    return found


def in_queries(dataset: Dataset, size: QuerySize) -> Dataset:
    """Return a dataset whose samples are queries of several of another's, one after the other."""
    starts = np.concatenate([[0], np.cumsum(size.draw(dataset.count))])

    def sample(index: int) -> Sample:
        items = [dataset.sample(item) for item in range(starts[index], starts[index + 1])]
        return tuple(np.stack(parts) for parts in zip(*items, strict=True))

    queries = Queries(dataset, starts)
    return dataclasses.replace(
        dataset,
        name=f"{dataset.name} in queries of {size}",
        count=queries.count,
        sample=sample,
        queries=queries,
    )
