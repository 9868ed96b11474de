"""Intervals that are published, and an AUC pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import DatasetMismatch
from edgebench.statistics.auc import auc
from edgebench.statistics.intervals import wilson


# From Newcombe (1998), table I: 81 of 263, and 15 of 148, 0 of 20, 1 of 29, without correction.
@pytest.mark.parametrize(
    ("good", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(
    good: int, total: int, low: float, high: float
) -> None:
    found = wilson(good, total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_no_samples_have_no_interval() -> None:
    with pytest.raises(DatasetMismatch):
        wilson(0, 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in pairs])
    positive = np.array([flag for _, flag in pairs])
    if positive.all() or not positive.any():
        with pytest.raises(DatasetMismatch, match="both classes"):
            auc(scores, positive)
        return
    ones, zeros = scores[positive], scores[~positive]
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in ones for b in zeros]
    assert auc(scores, positive) == pytest.approx(np.mean(wins))
