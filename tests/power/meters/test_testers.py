"""USB testers: FNIRSI's by their packets, ChargerLAB's POWER-Z by the kernel's driver."""

from __future__ import annotations

import os
import select
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.find import find_meters
from edgebench.power.meters.fnirsi import tester
from edgebench.power.meters.fnirsi.driver import FnirsiDriver
from edgebench.power.meters.fnirsi.packets import Sample, data_packet, packet, samples_of
from edgebench.power.open import open_meter
from edgebench.power.place import MeterPlace
from tests.conftest import SHARED

FNB58, FNB48 = "0003:00002E3C:00005558", "0003:00000483:0000003A"
FIVE_VOLTS = [Sample(5.0, 0.5)] * 4


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    return tmp_path


class Line:
    """What a tester's end of /dev/hidraw is: a pseudo-terminal whose other end is ours."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.path = os.ttyname(self.theirs)
        os.set_blocking(self.ours, False)

    def send(self, *packets: bytes) -> None:
        os.write(self.ours, b"".join(packets))

    def received(self) -> list[int]:
        """Return the types of the reports that came."""
        data = b""
        while select.select([self.ours], [], [], 0.1)[0]:
            data += os.read(self.ours, 1 << 16)
        reports = [data[place : place + 65] for place in range(0, len(data), 65)]
        assert all(each[0] == 0 and each[1] == 0xAA and len(each) == 65 for each in reports)
        return [each[2] for each in reports]


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    os.close(made.ours)
    os.close(made.theirs)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a tester's driver has for the host's clock, in nanoseconds: tests move it on."""
    made = [10_000_000_000]
    monkeypatch.setattr(tester, "now_ns", lambda: made[0])
    return made


def plugged_in(root: Path, line: Line, number: int, ids: str, name: str) -> None:
    folder = root / f"sys/class/hidraw/hidraw{number}/device"
    folder.mkdir(parents=True)
    (folder / "uevent").write_text(
        f"DRIVER=hid-generic\nHID_ID={ids}\nHID_NAME={name}\nHID_PHYS=usb/input3\nHID_UNIQ=S{number}\n"
    )
    (root / "dev").mkdir(exist_ok=True)
    (root / f"dev/hidraw{number}").symlink_to(line.path)


def test_packets_have_the_checksums_that_loggers_send() -> None:
    assert packet(0x81)[-1] == 0x8E
    assert packet(0x82)[-1] == 0x96
    assert packet(0x83)[-1] == 0x9E
    assert samples_of(data_packet(FIVE_VOLTS)) == FIVE_VOLTS
    assert samples_of(packet(0x03)) == []
    damaged = bytearray(data_packet(FIVE_VOLTS))
    damaged[6] ^= 1
    assert samples_of(bytes(damaged)) is None
    assert samples_of(b"\xaa\x04") is None


def test_a_tester_is_found_by_its_numbers_on_usb(root: Path, line: Line) -> None:
    with pytest.raises(MeterNotFound, match="no tester here"):
        open_meter("fnirsi")
    plugged_in(root, line, 0, "0003:0000046D:0000C52B", "a mouse")
    assert FnirsiDriver().discover() == []
    plugged_in(root, line, 1, FNB58, "FNIRSI USB Tester")
    (found,) = FnirsiDriver().discover()
    assert found.what == "FNIRSI FNB58 or FNB48S"
    with open_meter("fnb58") as meter:
        assert meter.description.serial == "S1"
        assert meter.description.measured_at == "inlet"
        assert meter.description.accuracy is None
    plugged_in(root, line, 2, FNB48, "FNIRSI FNB-48")
    with pytest.raises(MeterNotFound, match=r"several testers: .*hidraw1, .*hidraw2"):
        open_meter("fnirsi")


@pytest.mark.parametrize(
    ("ids", "begin", "per_packet"),
    [(FNB58, [0x81, 0x82, 0x82], []), (FNB48, [0x81, 0x82, 0x83], [0x83])],
)
def test_a_tester_is_asked_as_its_model_wants(
    root: Path,
    line: Line,
    clock: list[int],
    ids: str,
    begin: list[int],
    per_packet: list[int],
) -> None:
    plugged_in(root, line, 1, ids, "a tester")
    with open_meter("fnirsi") as meter:
        line.send(data_packet([Sample(9.0, 3.0)] * 4))  # of before: thrown away
        meter.start()
        assert line.received() == begin
        line.send(packet(0x03), data_packet(FIVE_VOLTS), data_packet([Sample(5.0, 0.1)] * 4))
        read = meter.read()
        assert read.power_w.tolist() == pytest.approx([2.5] * 4 + [0.5] * 4)
        earliest_ns = read.exchanges[0].earliest_ns
        assert earliest_ns is not None
        # A packet that it has begun before may be sent after.
        assert clock[0] - earliest_ns >= 4 * 10_000_000
        assert read.t_ns.tolist() == [each * 10_000_000 for each in range(8)]
        assert line.received() == per_packet
        clock[0] += 1_100_000_000
        line.send(data_packet(FIVE_VOLTS))
        meter.read()
        assert line.received() == [0x83]


def test_a_damaged_packet_leaves_a_gap_and_absurd_samples_are_said(root: Path, line: Line) -> None:
    plugged_in(root, line, 1, FNB58, "a tester")
    with open_meter("fnirsi") as meter:
        meter.start()
        damaged = bytearray(data_packet(FIVE_VOLTS))
        damaged[10] ^= 0xFF
        absurd = data_packet([Sample(5.0, 0.5), Sample(400.0, 5.0), *FIVE_VOLTS[:2]])
        line.send(data_packet(FIVE_VOLTS), bytes(damaged), absurd[:30])
        assert meter.read().t_ns.tolist() == [0, 10_000_000, 20_000_000, 30_000_000]
        line.send(absurd[30:])
        rest = meter.stop()
    assert rest.t_ns.tolist() == [each * 10_000_000 for each in (8, 10, 11)]
    assert rest.faults == ("samples beyond 300 W were left out",)


@pytest.mark.parametrize("lost", [0, 1, 30, 63])
def test_a_lost_byte_of_a_tester_s_costs_one_packet(root: Path, line: Line, lost: int) -> None:
    plugged_in(root, line, 1, FNB58, "a tester")
    whole = data_packet(FIVE_VOLTS)
    with open_meter("fnirsi") as meter:
        meter.start()
        line.send(whole, whole[:lost] + whole[lost + 1 :], *[whole] * 3)
        found = meter.read()
    steps = [*range(4), *range(8, 20)]
    assert found.t_ns.tolist() == [each * 10_000_000 for each in steps]


def test_a_silent_tester_is_lost(root: Path, line: Line, clock: list[int]) -> None:
    plugged_in(root, line, 1, FNB58, "a tester")
    with open_meter("fnirsi") as meter:
        meter.start()
        clock[0] += 2_000_000_000
        meter.read()
        clock[0] += 1
        with pytest.raises(MeterLost, match=r"hidraw1 has sent nothing for 2 s"):
            meter.read()
    with pytest.raises(MeterNotFound, match="can't be opened: No such file"):
        FnirsiDriver().open(MeterPlace("fnirsi", "/dev/hidraw-none"))


@pytest.mark.parametrize("kind", ["a file", "no HID device", "endless"])
def test_what_is_no_tester_is_not_written_to(
    root: Path, line: Line, tmp_path: Path, kind: str
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine\n")
    path = {"a file": str(notes), "no HID device": line.path, "endless": "/dev/zero"}[kind]
    with pytest.raises(MeterNotFound, match=rf"{path} is no HID device: choose /dev/hidrawN"):
        FnirsiDriver().open(MeterPlace("fnirsi", path))
    assert notes.read_text() == "mine\n"
    assert line.received() == []


def test_a_line_that_never_ends_is_left(root: Path) -> None:
    with FnirsiDriver(takes_any_line=True).open(MeterPlace("fnirsi", "/dev/zero")) as meter:
        meter.start()
        assert len(meter.read()) == 0


def test_a_link_to_a_tester_is_that_tester(root: Path, line: Line, tmp_path: Path) -> None:
    plugged_in(root, line, 1, FNB48, "a tester")
    (tmp_path / "mine").symlink_to(root / "dev/hidraw1")
    with FnirsiDriver().open(MeterPlace("fnirsi", str(tmp_path / "mine"))) as meter:
        assert meter.description.serial == "S1"
        assert meter.description.measured_at == "inlet"


def power_z(root: Path, number: int, amps_ma: int) -> None:
    folder = root / f"sys/class/hwmon/hwmon{number}"
    folder.mkdir(parents=True)
    files = {"name": "powerz", "in0_label": "VBUS", "in0_input": 5063, "curr1_label": "IBUS"}
    for name, value in {**files, "curr1_input": amps_ma, "in1_input": 412}.items():
        (folder / name).write_text(f"{value}\n")


@pytest.mark.parametrize("name", ["km003c", "km002c", "powerz"])
def test_a_power_z_is_vbus_times_ibus(root: Path, name: str) -> None:
    with pytest.raises(MeterNotFound, match=r"no tester here: .* Linux 6\.7"):
        open_meter(name)
    power_z(root, 5, 913)
    with open_meter(name) as meter:
        assert check_meter(meter) == pytest.approx(4.622519)
        assert meter.description.channels == ("VBUS",)
    assert {each.name: each for each in find_meters()}["powerz"].watts == pytest.approx(4.622519)
    power_z(root, 10, 100)
    with pytest.raises(MeterNotFound, match=r"several testers here: .* hwmon5, hwmon10"):
        open_meter(name)
    with open_meter(f"{name}:hwmon10") as meter:
        assert check_meter(meter) == pytest.approx(0.5063)


def test_the_tree_of_a_km003c(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = SHARED / "power_cases/sysfs_powerz"
    if not tree.is_dir():
        pytest.skip("../shared/power_cases is not here")
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tree))
    with open_meter("km003c") as meter:
        assert check_meter(meter) == pytest.approx(4.622519)
