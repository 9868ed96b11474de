"""Which of an Otii's ranges a power may have been measured in."""

from __future__ import annotations

import pytest

from edgebench.power.meters.otii.models import ARC

LOW_W, HIGH_W = 50e-9 * 5, 150e-6 * 5


@pytest.mark.parametrize(
    ("largest_w", "offset_w"),
    [(0.009, LOW_W), (0.012, HIGH_W), (0.08, HIGH_W), (0.2, HIGH_W)],
)
def test_at_an_unknown_voltage_the_low_range_is_taken_where_it_is_sure(
    largest_w: float, offset_w: float
) -> None:
    found = ARC.accuracy(5.0, largest_w, least_v=0.5)
    assert found.offset_w == pytest.approx(offset_w)


def test_at_a_known_voltage_the_current_says_the_range() -> None:
    assert ARC.accuracy(3.3, 0.06).offset_w == pytest.approx(50e-9 * 3.3)
    assert ARC.accuracy(3.3, 0.065).offset_w == pytest.approx(150e-6 * 3.3)
