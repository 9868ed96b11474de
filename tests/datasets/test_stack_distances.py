"""What LoadGen's order leaves of a trace's locality, and what sessions keep of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from edgebench.datasets.clicks.stack_distances import DEPTHS, shares_as_drawn, shares_in_order
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.queries import QuerySize, in_queries


def test_distances_are_counted_in_distinct_rows_of_a_table() -> None:
    lookups = np.array([7, 8, 7, 7, 9, 8], np.int32).reshape(-1, 1, 1)
    data = Dataset("made", 6, lambda index: (lookups[index],), lookups=lookups)
    found = shares_in_order(data)
    # 7 again after one other row (2), at once (1), and 8 after two others (3).
    assert [found[each] for each in ("1", "2", "4")] == pytest.approx(
        [1 / 6, 2 / 6, 3 / 6], abs=1e-4
    )
    assert list(found) == [str(depth) for depth in DEPTHS]
    # The same two rows (7, 9) in turn: all but the first two come back after one other row.
    drawn = shares_as_drawn(data, [0, 4, 2, 4])
    assert (drawn["1"], drawn["2"]) == (0, 0.5)
    assert shares_as_drawn(data, []) == {}
    other = dataclasses.replace(data, lookups=None)
    assert shares_in_order(other) == shares_as_drawn(other, [0, 1]) == {}


def test_a_drawn_query_brings_all_its_samples() -> None:
    data = load_dataset("clicks-dlrm")
    queries = in_queries(data, QuerySize(64))
    assert shares_as_drawn(queries, range(queries.count)) == shares_in_order(data)
