"""Which rails are the board, and which voltage belongs to which current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.drivers import parse_place
from edgebench.power.find import find_meters
from edgebench.power.jetson.boards import boards
from edgebench.power.open import open_meter


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    return tmp_path


def chip(root: Path, number: int, name: str, **files: str | int) -> Path:
    folder = root / f"sys/class/hwmon/hwmon{number}"
    folder.mkdir(parents=True)
    for file, value in {"name": name, **files}.items():
        (folder / file).write_text(f"{value}\n")
    return folder


def ina3221(root: Path, number: int, **rails: tuple[int, int]) -> Path:
    """A chip with rails by label: millivolts and milliamperes."""
    files: dict[str, str | int] = {}
    for place, (label, (volts, amps)) in enumerate(rails.items(), 1):
        files[f"in{place}_label"] = label
        files[f"in{place}_input"], files[f"curr{place}_input"] = volts, amps
    return chip(root, number, "ina3221", **files)


def model(root: Path, text: str) -> None:
    (root / "proc/device-tree").mkdir(parents=True)
    (root / "proc/device-tree/model").write_text(f"{text}\0")


def agx_orin(root: Path) -> None:
    ina3221(root, 3, VDD_GPU_SOC=(19000, 166), VDD_CPU_CV=(19000, 753), VIN_SYS_5V0=(4968, 1000))
    ina3221(root, 4, VDDQ_VDD2_1V8AO=(1800, 606))


def watts(power: str) -> tuple[float, tuple[str, ...]]:
    with open_meter(power) as meter:
        meter.start()
        return float(meter.read().power_w[-1]), meter.description.channels


@pytest.mark.parametrize("named", ["NVIDIA Jetson AGX Orin Developer Kit", None])
def test_an_agx_orin_is_the_sum_of_both_chips(root: Path, named: str | None) -> None:
    agx_orin(root)
    if named is not None:
        model(root, named)
    power, rails = watts("hwmon")
    assert power == pytest.approx(3.154 + 14.307 + 4.968 + 1.0908, abs=1e-3)
    assert len(rails) == 4
    with open_meter("hwmon") as meter:
        assert (named or "rails of jetson-agx-orin") in meter.description.detail
    found = {each.name: each for each in find_meters()}
    assert found["hwmon"].watts == pytest.approx(23.52, abs=0.01)
    assert "the whole board" in found["hwmon"].what


@pytest.mark.parametrize("power", ["hwmon", "virtual:hwmon"])
def test_a_voltage_that_a_meter_has_no_use_for_is_a_caution(root: Path, power: str) -> None:
    agx_orin(root)
    with open_meter(power, supply_v=3.3) as meter:
        assert any(
            re.search(r"`supply_v` \(3\.3 V\) is not used: hwmon", text)
            for text in meter.description.cautions
        )
    with open_meter(power) as meter:
        assert not any("supply_v" in text for text in meter.description.cautions)


@pytest.mark.parametrize("kind", ["Battery", "USB"])
def test_a_battery_and_a_charger_are_no_sensors(root: Path, kind: str) -> None:
    folder = chip(root, 1, "BAT0", power1_input=9_000_000)
    (folder / "device").mkdir()
    (folder / "device/type").write_text(f"{kind}\n")
    with pytest.raises(MeterNotFound, match="the kernel has no power sensor"):
        open_meter("hwmon")
    chip(root, 2, "ina226", power1_input=500_000)
    assert watts("hwmon:ina226")[0] == pytest.approx(0.5)


def test_a_part_of_the_board_is_not_taken_for_the_whole(root: Path) -> None:
    ina3221(root, 3, VDD_GPU=(19000, 100), VIN_SYS_5V0=(5000, 1000))
    with pytest.raises(
        MeterNotFound,
        match=r"which rail feeds the whole board is not known .*"
        r"ina3221:VDD_GPU \(1\.9 W\), ina3221:VIN_SYS_5V0 \(5 W\)",
    ):
        open_meter("hwmon")
    assert watts("hwmon:ina3221:VDD_GPU+VIN_SYS_5V0") == (
        pytest.approx(6.9),
        ("VDD_GPU", "VIN_SYS_5V0"),
    )


@pytest.mark.parametrize("name", ["amdgpu", "ina219"])
def test_the_only_rail_of_an_unknown_board_has_to_be_named(root: Path, name: str) -> None:
    chip(root, 3, name, power1_label="PPT", power1_input=9_000_000)
    with pytest.raises(MeterNotFound, match=rf"not known here; .* {name}:PPT \(9 W\)"):
        open_meter("hwmon")
    assert watts(f"hwmon:{name}") == (pytest.approx(9), ("PPT",))
    assert watts("hwmon:hwmon3")[0] == pytest.approx(9)


def test_a_known_board_that_lacks_a_rail_is_not_summed(root: Path) -> None:
    ina3221(root, 3, VDD_GPU_SOC=(19000, 166), VDD_CPU_CV=(19000, 753))
    model(root, "NVIDIA Jetson AGX Orin Developer Kit")
    with pytest.raises(MeterNotFound, match="which rail feeds the whole board is not known"):
        open_meter("hwmon")


def test_the_whole_is_found_on_the_second_chip_of_a_name(root: Path) -> None:
    ina3221(root, 0, VDD_SYS_GPU=(19000, 100))
    ina3221(root, 1, VDD_IN=(19000, 400), VDD_SYS_CPU=(19000, 100))
    assert watts("hwmon") == (pytest.approx(7.6), ("VDD_IN",))
    assert watts("hwmon:ina3221:VDD_IN") == (pytest.approx(7.6), ("VDD_IN",))
    assert watts("hwmon:hwmon0")[0] == pytest.approx(1.9)


def test_a_thor_s_input(root: Path) -> None:
    chip(root, 2, "ina238", in1_label="VIN", power1_input=41_000_000, in1_input=20000)
    chip(root, 3, "ina3221", in1_label="CPU", in1_input=5000, curr1_input=100)
    with pytest.raises(MeterNotFound, match="which rail"):
        open_meter("hwmon")
    model(root, "NVIDIA Jetson AGX Thor Developer Kit")
    assert watts("hwmon") == (pytest.approx(41.0), ("VIN",))


def test_two_chips_of_a_name_are_distinguished_and_sorted_by_number(root: Path) -> None:
    for number, amps in ((10, 900), (2, 100)):
        chip(root, number, "ina226", in1_input=5000, curr1_input=amps)
    with pytest.raises(MeterNotFound, match=r"hwmon2:1 \(0\.5 W\), hwmon10:1 \(4\.5 W\)"):
        open_meter("hwmon")
    assert watts("hwmon:hwmon10")[0] == pytest.approx(4.5)
    names = [each.name for each in find_meters() if each.name.startswith("hwmon")]
    assert names == ["hwmon:hwmon2", "hwmon:hwmon10"]


def test_a_device_has_a_name_that_stays(root: Path) -> None:
    folder = chip(root, 2, "ina226", in1_input=5000, curr1_input=100)
    device = root / "sys/bus/i2c/devices/1-0040"
    device.mkdir(parents=True)
    (folder / "device").symlink_to(device)
    assert watts("hwmon:1-0040")[0] == pytest.approx(0.5)


def test_a_usb_c_tester_s_voltage_is_in0(root: Path) -> None:
    chip(
        root,
        5,
        "powerz",
        in0_label="VBUS",
        in0_input=5063,
        in1_label="VCC1",
        in1_input=412,
        curr1_label="IBUS",
        curr1_input=913,
    )
    assert watts("hwmon") == (pytest.approx(5.063 * 0.913), ("VBUS",))


def test_labels_pair_a_chip_s_voltages_and_currents(root: Path) -> None:
    chip(
        root,
        1,
        "pmbus",
        in1_label="vin",
        in1_input=48000,
        in2_label="vout1",
        in2_input=12000,
        curr1_label="iin",
        curr1_input=500,
        curr2_label="iout1",
        curr2_input=1000,
    )
    assert watts("hwmon:pmbus:vin")[0] == pytest.approx(24)
    assert watts("hwmon:pmbus:vout1")[0] == pytest.approx(12)


def test_an_ina3221_s_sum_and_its_shunts_voltages_are_no_rail(root: Path) -> None:
    chip(root, 1, "ina3221", in1_input=5000, curr1_input=100, in4_input=40, curr4_input=900)
    assert watts("hwmon:ina3221") == (pytest.approx(0.5), ("1",))


@pytest.mark.parametrize("name", ["max34451", "max34460"])
def test_a_channel_of_voltage_or_current_is_paired_by_its_label_alone(
    root: Path, name: str
) -> None:
    chip(
        root,
        1,
        name,
        in1_label="vout1",
        in1_input=3300,
        in2_label="vout3",
        in2_input=1800,
        curr1_label="iout2",
        curr1_input=500,
        curr2_label="iout3",
        curr2_input=1000,
    )
    assert watts(f"hwmon:{name}") == (pytest.approx(1.8), ("vout3",))


def test_a_power_s_own_label_is_taken(root: Path) -> None:
    chip(
        root,
        1,
        "psu",
        power1_label="pin",
        power1_input=30_000_000,
        power2_label="pout",
        power2_input=25_000_000,
    )
    assert watts("hwmon:psu:pin") == (pytest.approx(30), ("pin",))
    with pytest.raises(MeterNotFound, match=r"psu:pin \(30 W\), psu:pout \(25 W\)"):
        open_meter("hwmon")


def test_a_chip_that_nothing_is_known_of_says_so(root: Path) -> None:
    chip(root, 1, "mystery", in0_input=5000, in1_input=412, curr1_input=913)
    (found,) = (each for each in find_meters() if each.name.startswith("hwmon"))
    assert not found.works
    assert "which of its voltages belongs to which current is not known" in found.advice
    with pytest.raises(MeterNotFound, match="mystery: which voltage belongs"):
        open_meter("hwmon")


def test_the_table_of_boards_can_be_read() -> None:
    known = boards()
    assert "jetson-agx-orin" in known
    assert all(board.whole for board in known.values())
    assert parse_place("hwmon:hwmon2:A+B")[1].address == "hwmon2:A+B"


def test_a_power_that_the_kernel_has_as_a_mean_alone_is_read(root: Path) -> None:
    chip(root, 0, "power_meter", power1_average=182_000_000, power1_average_interval=1000)
    both = {"power1_average": 9_000_000, "power1_input": 12_000_000, "power1_label": "PPT"}
    chip(root, 1, "amdgpu", **both)
    with open_meter("hwmon:power_meter") as meter:
        assert meter.read().power_w.tolist() == [182.0]
        assert (meter.description.period_s, meter.description.aperture_s) == (1.0, 1.0)
    assert watts("hwmon:amdgpu") == (pytest.approx(12.0), ("PPT",))
    with pytest.raises(MeterNotFound, match=r"power_meter:1 \(182 W\), amdgpu:PPT \(12 W\)"):
        open_meter("hwmon")


def test_what_usb_power_delivery_has_agreed_on_is_no_power(root: Path) -> None:
    # A contract's volts and its most amperes, as tcpm and ucsi show them; two of them, unpaired.
    for number, name in ((0, "tcpm_source_psy_4_0022"), (1, "ucsi_source_psy_USBC000:001")):
        chip(root, number, name, in0_input=20_000, curr1_input=3250)
    with pytest.raises(MeterNotFound, match=r"tcpm.*, ucsi.*: which voltage belongs to which curr"):
        open_meter("hwmon")
