"""Units in the names of columns."""

from __future__ import annotations

import pytest

from edgebench.power.traces.tables.columns import unit_called, unit_in


@pytest.mark.parametrize(
    ("name", "quantity", "scale"),
    [
        ("Current(uA)", "current", 1e-6),
        ("I [\N{MICRO SIGN}A]", "current", 1e-6),
        ("power_mw", "power", 1e-3),
        ("milliseconds", "time", 1e-3),
        ("Energy (uJ)", "energy", 1e-6),
    ],
)
def test_units(name: str, quantity: str, scale: float) -> None:
    unit = unit_in(name)
    assert unit is not None
    assert (unit.quantity, unit.scale) == (quantity, pytest.approx(scale))


def test_what_is_no_unit_is_not_guessed() -> None:
    assert [unit_called(each) for each in ("MW", "kW", "C", "", "count")] == [None] * 5
    assert [unit_called(each) for each in ("MWh", "MWH", "Mwh")] == [None] * 3
    assert unit_in("power") is None


@pytest.mark.parametrize("name", ["phase_a", "Phase A", "rail_A", "channel a", "a", "rev_v", "v"])
def test_a_letter_that_ends_another_name_is_no_unit(name: str) -> None:
    assert unit_in(name) is None


@pytest.mark.parametrize(
    "name", ["current_a", "Current A", "I_A", "ibus_a", "i_out_a", "amps A", "A", "I [A]", "x (A)"]
)
def test_a_current_in_amperes_says_so(name: str) -> None:
    unit = unit_in(name)
    assert unit is not None
    assert unit.quantity == "current"
