"""Combined uncertainties against scipy's distributions, which have no part in how they are made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from edgebench.statistics.gum import (
    NORMAL_COVERAGE,
    Part,
    Shape,
    by_source,
    combined,
    expanded,
    limited,
)

LIMITS = st.floats(1e-3, 1e3)


def test_a_rectangular_part_alone_stays_below_its_limit() -> None:
    found = expanded([limited("meter", 10.0)])
    assert found.half_width == pytest.approx(9.5)  # k = 2 has 11.5
    assert found.factor == pytest.approx(0.95 * np.sqrt(3))
    assert limited("meter", -10.0).standard == pytest.approx(stats.uniform(-10, 20).std())


def test_nothing_uncertain_is_certain() -> None:
    assert expanded([]).half_width == 0
    assert expanded([Part("sampling", 0.0), limited("edges", 0.0)]).half_width == 0


def test_a_normal_part_alone_is_expanded_by_the_normal_quantile() -> None:
    assert expanded([Part("sampling", 3.0)]).half_width == pytest.approx(3 * NORMAL_COVERAGE)
    assert stats.norm.ppf(0.975) == pytest.approx(NORMAL_COVERAGE, abs=1e-4)


@given(LIMITS, LIMITS)
@settings(max_examples=60, deadline=None)
def test_two_rectangular_parts_are_a_trapezoid(first: float, second: float) -> None:
    large, small = max(first, second), min(first, second)
    share = (large - small) / (large + small) / 2
    trapezoid = stats.trapezoid(0.5 - share, 0.5 + share, -(large + small), 2 * (large + small))
    wanted = trapezoid.ppf(0.975)
    found = expanded([limited("a", first), limited("b", second)]).half_width
    assert found == pytest.approx(wanted, rel=1e-3)


@given(LIMITS, LIMITS)
@settings(max_examples=40, deadline=None)
def test_a_rectangular_and_a_normal_part(limit: float, deviation: float) -> None:
    def held(width: float) -> float:
        def inside(at: float) -> float:
            low, high = (-width - at) / deviation, (width - at) / deviation
            return float(stats.norm.cdf(high) - stats.norm.cdf(low))

        near = [x for x in (-width, width) if abs(x) < limit]
        area, _ = integrate.quad(inside, -limit, limit, points=near or None, limit=500)
        return area / (2 * limit) - 0.95

    wanted = optimize.brentq(held, 0, limit + 10 * deviation)
    found = expanded([limited("a", limit), Part("b", deviation)]).half_width
    assert found == pytest.approx(wanted, rel=2e-3)


@given(st.lists(LIMITS, min_size=1, max_size=8), st.floats(0, 1e3))
@settings(max_examples=60, deadline=None)
def test_no_interval_exceeds_the_limits_and_more_parts_never_narrow_it(
    limits: list[float], deviation: float
) -> None:
    parts = [limited(str(number), limit) for number, limit in enumerate(limits)]
    found = expanded(parts).half_width
    assert 0.95 * max(limits) * (1 - 1e-3) <= found <= sum(limits)
    assert expanded([*parts, Part("normal", deviation)]).half_width >= found * (1 - 1e-3)


def test_many_parts_against_draws() -> None:
    parts = [limited("a", 1.0), limited("b", 0.5), limited("c", 0.3), Part("d", 0.2)]
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-1, 1, (2_000_000, 3)) @ [1.0, 0.5, 0.3] + rng.normal(0, 0.2, 2_000_000)
    found = expanded(parts)
    assert found.half_width == pytest.approx(np.quantile(np.abs(drawn), 0.95), rel=2e-3)
    assert found.factor == pytest.approx(found.half_width / combined(parts))
    assert expanded(parts) == found  # the same figures each time


def test_parts_of_one_source_are_listed_as_one() -> None:
    parts = [limited("edges", 3.0), limited("edges", 4.0), Part("sampling", 1.0, Shape.NORMAL)]
    assert by_source(parts) == {"edges": pytest.approx(5 / np.sqrt(3)), "sampling": 1.0}
