"""Intervals, trends and changes against scipy's, which has no part in how they are computed."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from edgebench.errors import DatasetMismatch
from edgebench.statistics.auc import auc, bootstrap_auc
from edgebench.statistics.change import (
    ENOUGH_REPEATS,
    Repeat,
    change_between,
    counted_change,
    tail_of,
    uncertain_repeat,
)
from edgebench.statistics.drift import BLOCKS, LEAST, drift_of
from edgebench.statistics.intervals import mean_interval, wilson
from edgebench.statistics.quantiles import (
    interquartile_range,
    known_median,
    median,
    reached_percentile,
)

NO_STRETCHES = np.ones(0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    good, total = counts
    low, high = stats.binomtest(good, total).proportion_ci(0.95, method="wilson")
    found = wilson(good, total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.confidence == 0.95
    assert found.scaled(100).high == pytest.approx(100 * high)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_the_interval_of_a_mean_is_the_normal_ones(values: list[float]) -> None:
    found = mean_interval(values)
    width = np.std(values) / sqrt(len(values))
    if width < 1e-6:
        assert found.high - found.low < 1e-5
        return
    low, high = stats.norm.interval(0.95, np.mean(values), width)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-6)


def test_nothing_has_no_interval() -> None:
    for of_nothing in (lambda: wilson(0, 0), lambda: mean_interval([])):
        with pytest.raises(DatasetMismatch, match="no sample was scored"):
            of_nothing()


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
)
def test_auc_is_the_mann_whitney_statistic(ones: list[int], zeros: list[int]) -> None:
    found = auc(np.array(ones + zeros), np.arange(len(ones) + len(zeros)) < len(ones))
    statistic = stats.mannwhitneyu(ones, zeros, method="asymptotic").statistic
    assert found == pytest.approx(statistic / (len(ones) * len(zeros)))


def scored(positives: int, negatives: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    scores = np.r_[rng.normal(apart, 1, positives), rng.normal(0, 1, negatives)]
    return scores, np.arange(scores.size) < positives


def test_the_bootstrap_of_an_auc_is_scipys() -> None:
    scores, positive = scored(60, 90, 1.0)
    found = bootstrap_auc(scores, positive)
    reference = stats.bootstrap(
        (scores[positive], scores[~positive]),
        lambda ones, zeros: stats.mannwhitneyu(ones, zeros).statistic / (ones.size * zeros.size),
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(reference), abs=0.01)


def test_the_bootstrap_of_an_auc_is_as_wide_as_hanley_and_mcneil_reckon() -> None:
    """Hanley and McNeil (Radiology 143, 1982) give the variance of an AUC in closed form."""
    ones, zeros = 400, 600
    scores, positive = scored(ones, zeros, 1.2)
    area, found = auc(scores, positive), bootstrap_auc(scores, positive)
    # Theirs is for exponential scores; these are normal, so a tenth apart is expected.
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (ones - 1) * (q1 - area**2) + (zeros - 1) * (q2 - area**2)) / (
        ones * zeros
    )
    assert found.high - found.low == pytest.approx(2 * 1.96 * sqrt(variance), rel=0.15)
    assert found.low < area < found.high


def test_answers_of_one_kind_only_have_an_interval_of_no_width() -> None:
    scores = np.array([3.0, 2.0, 1.0, 0.0])
    found = bootstrap_auc(scores, scores > 1)
    assert (found.low, found.high) == (1.0, 1.0)


@settings(max_examples=200)
@given(st.lists(st.integers(1, 10**6), min_size=BLOCKS, max_size=BLOCKS, unique=True))
def test_a_trend_is_kendalls_and_its_size_is_theils_and_sens(blocks: list[int]) -> None:
    found = drift_of(np.repeat(np.array(blocks, float), LEAST))
    assert found is not None
    order = np.arange(BLOCKS)
    score = stats.kendalltau(order, blocks).statistic * BLOCKS * (BLOCKS - 1) / 2
    # scipy's asymptotic p has no correction for continuity: one step of the score.
    deviation = sqrt(BLOCKS * (BLOCKS - 1) * (2 * BLOCKS + 5) / 18)
    asymptotic = stats.kendalltau(order, blocks, method="asymptotic").pvalue
    assert asymptotic == pytest.approx(erfc(abs(score) / deviation / sqrt(2)))
    corrected = erfc(max(abs(score) - 1, 0) / deviation / sqrt(2))
    assert found.p_value == pytest.approx(corrected)
    # The exact distribution, which no approximation comes from.
    exact = stats.kendalltau(order, blocks, method="exact").pvalue
    assert found.p_value == pytest.approx(exact, abs=0.02)
    slope = stats.theilslopes(blocks, order).slope
    assert found.share == pytest.approx(slope * (BLOCKS - 1) / np.median(blocks))


@given(st.lists(st.integers(1, 4), min_size=BLOCKS, max_size=BLOCKS))
def test_equal_blocks_make_a_trend_less_likely_never_more(blocks: list[int]) -> None:
    found = drift_of(np.repeat(np.array(blocks, float), LEAST))
    assert found is not None
    with np.errstate(invalid="ignore"):
        reference = stats.kendalltau(np.arange(BLOCKS), blocks, method="asymptotic").pvalue
    assert np.isnan(reference) or found.p_value >= reference - 1e-12


@pytest.mark.parametrize("repeats", [2, 3, 5, 10, 30, 31, 200])
def test_what_is_cut_off_at_each_end_is_by_students_t(repeats: int) -> None:
    t = stats.t.ppf(0.975, repeats - 1)
    expected = stats.norm.cdf(-sqrt(repeats / (repeats - 1)) * t)
    assert tail_of(repeats) == pytest.approx(expected, rel=0.05 if repeats > 30 else 0.01)


@pytest.mark.parametrize("repeats", [ENOUGH_REPEATS, 7, 12])
def test_the_interval_of_a_change_is_scipys_bootstrap(repeats: int) -> None:
    rng = np.random.default_rng(repeats)
    before, after = rng.normal(100, 3, repeats), rng.normal(105, 3, repeats)
    found = change_between(
        [Repeat(each, NO_STRETCHES) for each in before],
        [Repeat(each, NO_STRETCHES) for each in after],
    )
    reference = stats.bootstrap(
        (after, before),
        lambda new, old, axis: np.median(new, axis=axis) / np.median(old, axis=axis),
        n_resamples=20_000,
        confidence_level=1 - 2 * tail_of(repeats),
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(reference), rel=0.006)


def test_an_uncertain_figure_spans_its_95_percent() -> None:
    found = uncertain_repeat(5.0, 0.1)
    low, high = stats.norm.interval(0.95, 5.0, 5.0 * 0.1 / 2)
    ends = found.figure * found.stretches[[0, -1]]
    assert ends == pytest.approx((low, high), rel=1e-4)
    assert np.median(found.stretches) == 1.0


def test_what_is_counted_changes_for_certain() -> None:
    assert counted_change(1000, 1001).verdict == "slower"
    assert counted_change(1001, 1000).verdict == "faster"
    same = counted_change(1000, 1000)
    assert (same.verdict, same.low, same.high) == ("can't tell", 1.0, 1.0)


@given(st.lists(st.one_of(st.none(), st.integers(-100, 100)), max_size=20))
def test_the_median_of_what_is_known_is_numpys(values: list[int | None]) -> None:
    known = [value for value in values if value is not None]
    expected = float(np.median(known)) if known else None
    assert known_median(values) == expected


@given(st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=60))
def test_the_median_is_numpys(values: list[float]) -> None:
    assert median(values) == np.median(values)
    assert median(np.array(values, np.float32)) == np.median(values)


def test_a_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        median([])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=200), st.floats(0, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[int], percent: float
) -> None:
    found = reached_percentile(values, percent)
    assert found in values
    assert np.mean(np.array(values) <= found) >= percent / 100 - 1e-12
    assert found == stats.scoreatpercentile(values, percent, interpolation_method="higher")


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        reached_percentile([], 50)


@given(
    st.lists(st.lists(st.integers(0, 100), min_size=5, max_size=5), min_size=1, max_size=4),
)
def test_the_interquartile_range_is_scipys(rows: list[list[int]]) -> None:
    assert interquartile_range(rows) == pytest.approx(stats.iqr(rows, axis=-1))
