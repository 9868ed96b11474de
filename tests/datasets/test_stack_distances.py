"""What LoadGen's order leaves of a trace's locality, and what sessions keep of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from edgebench.datasets.clicks.stack_distances import DEPTHS, stack_shares
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.queries import QuerySize, in_queries


def test_distances_are_counted_in_distinct_rows_of_a_table() -> None:
    lookups = np.array([7, 8, 7, 7, 9, 8], np.int32).reshape(-1, 1, 1)
    data = Dataset("made", 6, lambda index: (lookups[index],), lookups=lookups)
    found = stack_shares(data)
    assert found is not None
    # 7 again after one other row (2), at once (1), and 8 after two others (3).
    assert [found.data[each] for each in ("1", "2", "4")] == pytest.approx(
        [1 / 6, 2 / 6, 3 / 6], abs=1e-4
    )
    assert list(found.data) == list(found.drawn) == [str(depth) for depth in DEPTHS]
    assert stack_shares(dataclasses.replace(data, lookups=None)) is None


def test_sessions_keep_what_single_draws_undo() -> None:
    data = load_dataset("clicks-dlrm")
    alone, sessions = stack_shares(data), stack_shares(in_queries(data, QuerySize(64)))
    assert alone is not None
    assert sessions is not None
    assert alone.data == sessions.data
    assert alone.data["32"] == pytest.approx(0.4, abs=0.02)
    # Fewer than the half, though Zipf's law alone would have 0.36.
    assert alone.drawn["32"] < 0.25
    assert sessions.drawn["32"] > 0.36
