"""How sure an energy by the kernel's sensors is: by the chip's data sheet and its shunt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.power.energy import energy_between
from edgebench.power.find import find_meters
from edgebench.power.meters.hwmon.chip_table import chip_table
from edgebench.power.open import open_meter
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace
from tests.power.meters.test_hwmon import chip, root  # noqa: F401 (a fixture)

S = 1_000_000_000
SEEDS = 400


def rail(root: Path, name: str, shunt: dict[str, int], mv: int = 5000, ma: int = 300) -> None:  # noqa: F811
    chip(root, 0, name, in1_label="VDD_IN", in1_input=mv, curr1_input=ma, **shunt)


def test_an_ina3221_at_1_5_w_is_no_better_than_its_zero(root: Path) -> None:  # noqa: F811
    rail(root, "ina3221", {"shunt1_resistor": 5000})
    with open_meter("hwmon") as meter:
        about = meter.description
    assert about.accuracy is not None
    assert about.shunts_ohm == {"VDD_IN": 0.005}
    assert about.cautions == ()
    known = {each.name: each for each in about.accuracy.limits}
    assert known["zero of VDD_IN's current"].offset_w == pytest.approx(80e-6 / 0.005 * 5)
    assert known["step of VDD_IN's current"].offset_w == pytest.approx(20e-6 / 0.005 * 5)
    assert known["zero of VDD_IN's voltage"].of_reading == pytest.approx(16e-3 / 5)
    assert known["step of VDD_IN's voltage"].of_reading == pytest.approx(4e-3 / 5)
    assert known["shunt of VDD_IN"].of_reading == 0.01
    assert known["ina3221's gain of current"].of_reading == 0.0025


@pytest.mark.parametrize("ohm", [0.002, 0.005, 0.01, 0.1])
def test_intervals_hold_for_chips_within_their_data_sheet(root: Path, ohm: float) -> None:  # noqa: F811
    rail(root, "ina3221", {"shunt1_resistor": round(ohm * 1e6)})
    with open_meter("hwmon") as meter:
        about = meter.description
    volts, seconds = 5.0, 4
    times = (np.arange(0, seconds + 2, 0.1) * S).astype(np.int64)
    inside, widths, wrong = 0, [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        amps = 0.3 * rng.uniform(0.9, 1.1)
        shunt = ohm * (1 + 0.01 * rng.uniform(-1, 1))
        seen_v = amps * shunt * (1 + 0.0025 * rng.uniform(-1, 1)) + 80e-6 * rng.uniform(-1, 1)
        bus_v = volts * (1 + 0.0025 * rng.uniform(-1, 1)) + 16e-3 * rng.uniform(-1, 1)
        shown = (40e-6 * round(seen_v / 40e-6) / ohm) * (8e-3 * round(bus_v / 8e-3))
        trace = PowerTrace(about, PowerSamples(times, np.full(len(times), shown)))
        found = energy_between(trace, S, (1 + seconds) * S)
        true = volts * amps * seconds
        assert found.uncertainty_j is not None
        inside += abs(found.energy_j - true) <= found.uncertainty_j
        widths.append(found.uncertainty_j)
        wrong.append(abs(found.energy_j - true))
    assert 0.93 * SEEDS <= inside <= 0.98 * SEEDS
    assert np.median(widths) < 1.5 * np.quantile(wrong, 0.95)


def test_the_kernel_s_default_shunt_is_warned_of(root: Path) -> None:  # noqa: F811
    rail(root, "ina219", {"shunt_resistor": 10000})
    (found,) = (each for each in find_meters() if each.name == "hwmon:ina219")
    assert found.what.startswith(
        "rails VDD_IN (shunt 10 mOhm); the shunt of VDD_IN is 10 mOhm, the"
    )
    with open_meter("hwmon") as meter:
        (caution,) = meter.description.cautions
    assert "the kernel's default: if the board has another one, every watt is wrong" in caution


def test_a_shunt_that_can_t_be_read_is_warned_of(root: Path) -> None:  # noqa: F811
    rail(root, "ina3221", {})
    with open_meter("hwmon") as meter:
        assert meter.description.cautions == (
            "the shunt of VDD_IN can't be read: 10 mOhm is assumed",
        )


def test_rails_of_several_channels_share_gains_and_have_zeros_of_their_own(root: Path) -> None:  # noqa: F811
    files = {
        f"{kind}{n}_input": value
        for n, kind, value in [
            (1, "in", 5000),
            (1, "curr", 3000),
            (2, "in", 5000),
            (2, "curr", 1000),
        ]
    }
    shunts = {f"shunt{n}_resistor": 5000 for n in (1, 2)}
    chip(root, 0, "ina3221", in1_label="A", in2_label="B", **files, **shunts)
    with open_meter("hwmon:ina3221:A+B") as meter:
        meter.start()
        meter.stop()
        about = meter.description
    assert about.accuracy is not None
    known = {each.name: each for each in about.accuracy.limits}
    # Three quarters of the power is A's: so is its shunt's part.
    assert known["shunt of A"].of_reading == pytest.approx(0.0075)
    assert known["shunt of B"].of_reading == pytest.approx(0.0025)
    assert known["ina3221's gain of current"].of_reading == pytest.approx(0.0025)
    assert {"zero of A's current", "zero of B's current"} <= set(known)


@pytest.mark.parametrize(
    ("name", "shunt_uohm", "step_w"),
    [
        ("ina219", 100_000, 20 * 10e-6 / 0.1),
        ("ina226", 100_000, 25 * 2.5e-6 / 0.1),
        ("sy24655", 10_000, 25 * 2.5e-6 / 0.01),
        ("ina260", 2_000, 0.01),
    ],
)
def test_the_power_s_own_register_has_a_coarser_step(
    root: Path,  # noqa: F811
    name: str,
    shunt_uohm: int,
    step_w: float,
) -> None:
    files = {"in1_input": 12_000, "shunt_resistor": shunt_uohm}
    chip(root, 0, name, power1_input=1_500_000, curr1_input=125, **files)
    chip(root, 1, name, curr1_input=125, **files)
    with open_meter("hwmon:hwmon0") as meter:
        known = {each.name: each for each in meter.description.accuracy.limits}  # type: ignore[union-attr]
    assert known["step of 1's power"].offset_w == pytest.approx(step_w / 2)
    assert known["zero of 1's current"].offset_w > 0
    with open_meter("hwmon:hwmon1") as meter:
        assert meter.description.accuracy is not None
        assert "step of 1's power" not in {x.name for x in meter.description.accuracy.limits}


def test_without_a_voltage_no_accuracy_is_stated(root: Path) -> None:  # noqa: F811
    folder = chip(root, 0, "ina226", power1_input=1_500_000, curr1_input=125)
    with open_meter("hwmon:ina226") as meter:
        assert meter.description.accuracy is None
    (folder / "in1_input").write_text("12000\n")
    with open_meter("hwmon:ina226") as meter:
        meter.start()
        known = meter.description.accuracy
        assert known is not None
        (folder / "in1_input").write_text("0\n")
        meter.stop()
        assert meter.description.accuracy == known


@pytest.mark.parametrize("name", ["ina260", "ina231", "ina228", "ina238", "ina226", "pac1934"])
def test_chips_have_their_data_sheet_s_accuracy(root: Path, name: str) -> None:  # noqa: F811
    chip(root, 0, name, power1_input=1_500_000, in1_input=5000, curr1_input=300)
    with open_meter("hwmon:hwmon0") as meter:
        accuracy = meter.description.accuracy
    assert accuracy is not None
    assert accuracy.source == chip_table().limits[name].source
    times = (np.arange(0, 4, 0.1) * S).astype(np.int64)
    trace = PowerTrace(meter.description, PowerSamples(times, np.full(40, 1.5)))
    share = energy_between(trace, S, 2 * S).uncertainty_j / 1.5  # type: ignore[operator]
    assert 0.001 < share < 0.03


def test_a_chip_without_a_data_sheet_states_no_accuracy(root: Path) -> None:  # noqa: F811
    chip(root, 0, "amdgpu", power1_input=1_500_000)
    with open_meter("hwmon:hwmon0") as meter:
        assert meter.description.accuracy is None
    with open_meter("hwmon:hwmon0", meter_accuracy=0.05) as meter:
        meter.start()
        meter.stop()
        assert meter.description.accuracy is not None
        assert meter.description.accuracy == replace(meter.description.accuracy, of_reading=0.05)
