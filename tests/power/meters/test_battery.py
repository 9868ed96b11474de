"""A battery: what it takes from it, and when its power is not this machine's."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.find import find_meters
from edgebench.power.open import open_meter
from tests.conftest import SHARED


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    supply(tmp_path, "AC", type="Mains", online=0)
    return tmp_path


def supply(root: Path, name: str, **files: str | int) -> Path:
    folder = root / "sys/class/power_supply" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, value in files.items():
        (folder / file).write_text(f"{value}\n")
    return folder


def battery(root: Path, name: str = "BAT0", status: str = "Discharging", **more: str | int) -> Path:
    return supply(root, name, type="Battery", status=status, **more)


def watts(power: str = "battery") -> float:
    with open_meter(power) as meter:
        meter.start()
        return float(meter.read().power_w[-1])


@pytest.mark.parametrize("sign", [1, -1])
def test_a_discharge_counts_whatever_its_driver_s_sign(root: Path, sign: int) -> None:
    battery(root, power_now=sign * 9_000_000)
    assert watts() == pytest.approx(9.0)
    assert {each.name: each for each in find_meters()}["battery:BAT0"].watts == pytest.approx(9.0)
    battery(root, "BAT1", current_now=sign * 1_500_000, voltage_now=12_000_000)
    assert watts("battery:BAT1") == pytest.approx(18.0)


@pytest.mark.parametrize("status", ["Charging", "Full", "Not charging", "Unknown"])
def test_what_is_not_discharged_is_refused(root: Path, status: str) -> None:
    battery(root, status=status, power_now=9_000_000)
    with pytest.raises(MeterNotFound, match=r"BAT0 is .*unplug the charger"):
        open_meter("battery")
    found = {each.name: each for each in find_meters()}["battery:BAT0"]
    assert not found.works
    assert "unplug the charger" in found.advice


def test_a_status_that_is_missing_is_known_by_a_negative_sign_alone(root: Path) -> None:
    supply(root, "bq", type="Battery", current_now=-500_000, voltage_now=4_000_000)
    assert watts() == pytest.approx(2.0)
    supply(root, "bq", current_now=500_000)
    with pytest.raises(MeterNotFound, match="bq is 'Unknown', not 'Discharging'"):
        open_meter("battery")


@pytest.mark.parametrize("status", ["Charging", "Full"])
def test_a_charger_that_is_plugged_in_meanwhile_ends_it(root: Path, status: str) -> None:
    battery(root, power_now=9_000_000)
    with open_meter("battery") as meter:
        meter.start()
        assert meter.read().power_w.tolist() == [9.0]
        battery(root, status=status)
        with pytest.raises(MeterLost, match=r"BAT0 is .*unplug the charger"):
            meter.read()


def test_a_mouse_s_battery_is_not_this_machine_s(root: Path) -> None:
    battery(root, "AAA_mouse", scope="Device", power_now=1_000)
    with pytest.raises(MeterNotFound, match=r"no battery of this machine in /sys/class"):
        open_meter("battery")
    battery(root, scope="System", power_now=9_000_000)
    assert watts() == pytest.approx(9.0)
    with pytest.raises(MeterNotFound, match=r"no battery AAA_mouse of this machine .* BAT0"):
        open_meter("battery:AAA_mouse")
    battery(root, "BAT1", present=0, power_now=9_000_000)
    assert watts() == pytest.approx(9.0)


def test_two_batteries_are_added(root: Path) -> None:
    battery(root, power_now=9_000_000)
    battery(root, "BAT1", status="Not charging", power_now=0)
    assert watts() == pytest.approx(9.0)
    battery(root, "BAT1", power_now=2_000_000)
    assert watts() == pytest.approx(11.0)
    assert watts("battery:BAT1") == pytest.approx(2.0)
    found = {each.name: each for each in find_meters()}
    assert found["battery"].watts == pytest.approx(11.0)
    assert "BAT0 + BAT1" in found["battery"].what
    battery(root, "BAT1", status="Charging")
    with pytest.raises(MeterNotFound, match="BAT1 is being charged"):
        open_meter("battery")


def test_a_gauge_without_power_is_refused(root: Path) -> None:
    battery(root)
    with pytest.raises(MeterNotFound, match="neither power nor current"):
        open_meter("battery")
    battery(root, power_now=0)
    with pytest.raises(MeterNotFound, match="reports 0 W while it discharges"):
        open_meter("battery")


def test_the_tree_of_a_driver_with_negative_power(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = SHARED / "power_cases/sysfs_batt"
    if not tree.is_dir():
        pytest.skip("../shared/power_cases is not here")
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tree))
    assert watts() == pytest.approx(9.0)
