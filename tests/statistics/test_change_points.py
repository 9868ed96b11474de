"""The best split of a series, and how often chance makes one as good."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.statistics.change_points import best_split


@pytest.mark.parametrize("at", [3, 8, 17])
def test_a_step_is_found_where_it_is(at: int) -> None:
    noise = np.random.default_rng(at).normal(1, 0.01, 20)
    level = np.where(np.arange(20) < at, 100, 110)
    split = best_split((level * noise).tolist())
    assert split is not None
    assert split.at == at
    assert split.p_value < 0.05


def test_noise_alone_seldom_has_one() -> None:
    rng = np.random.default_rng(7)
    found = [best_split(rng.lognormal(5, 0.2, 12).tolist()) for _ in range(100)]
    by_chance = sum(split is not None and split.p_value <= 0.05 for split in found)
    assert by_chance <= 12  # 5 are expected; 12 or fewer in 99.8 of 100 such tests


def test_equal_figures_have_none() -> None:
    assert best_split([3.0] * 9) is None
    assert best_split([3.0]) is None
    with pytest.raises(ValueError, match="not above 0"):
        best_split([1.0, 0.0])
