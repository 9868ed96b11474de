"""The client against the real firmware behind a pty that keeps its baud rate, with faults."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench.device import messages
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import (
    AnswerDamaged,
    DeviceError,
    DeviceFailed,
    DeviceLost,
    DeviceMismatch,
    DeviceNotResponding,
)
from edgebench.virtual.emulated_device import EmulatedPort
from tests.device.conftest import INPUT_BYTES, Opened
from tests.device.scripted import READY, ScriptedDevice
from tests.device.serial_server import SerialServer


def test_a_device_says_who_it_is(open_device: Opened) -> None:
    identity = open_device().identity
    assert identity.name == "edgebench-host"
    assert identity.model == "small"
    assert identity.extensions is not None
    assert identity.extensions.number("input") == INPUT_BYTES
    assert open_device(extensions=False).identity.extensions is None


def test_hex_binary_and_slots_give_the_same(open_device: Opened, data: bytes) -> None:
    device = open_device()
    by_hex = device.sample(data)
    device.load_slot(2, data[::-1])
    device.load_slot(3, data)
    turned, same = device.run_slots(2, [data[::-1], data]).outputs
    assert same == by_hex.outputs[0]
    assert turned != same
    plain = open_device(extensions=False).sample(data)
    assert plain.results == by_hex.results
    assert len(plain.results) == 8
    assert not device.said  # type: ignore[attr-defined]


def test_as_many_bytes_a_command_as_the_reference_firmware_takes(
    open_device: Opened, data: bytes
) -> None:
    device = open_device(extensions=False)
    assert device.chunk_bytes == 38
    sent = device.link.sent_bytes
    device.verify = "never"
    device.load(data)
    commands = -(-INPUT_BYTES // 38)
    assert device.link.sent_bytes - sent == 2 * INPUT_BYTES + 4 * commands + len("db load 600%")


@pytest.mark.parametrize("extensions", [True, False])
@pytest.mark.parametrize(
    "faults", [("drop=0.0002",), ("corrupt=0.0002",), ("duplicate=0.0002",), ("delay=3",)]
)
def test_a_bad_line_costs_retries_and_no_answer(
    open_device: Opened, data: bytes, right: bytes, faults: tuple[str, ...], extensions: bool
) -> None:
    device = open_device(*faults, "seed=3", extensions=extensions)
    results = [device.sample(data, f"sample {number}") for number in range(12)]
    expected = open_device(extensions=False).sample(data).results
    for each in results:
        assert each.results == expected or each.outputs == (right,)
    if faults != ("delay=3",):
        assert device.said  # type: ignore[attr-defined]


@pytest.mark.parametrize("extensions", [True, False])
def test_a_turned_bit_in_an_input_is_found(
    open_device: Opened, data: bytes, extensions: bool
) -> None:
    """A wrong hexadecimal digit is a digit: only a checksum or reading back tells."""
    device = open_device(extensions=extensions)
    device.load(data)
    device.loading.compare(data)
    with pytest.raises(AnswerDamaged, match=r"another checksum|differ, read back"):
        device.loading.compare(data[:-1] + bytes([data[-1] ^ 1]))


def test_frames_that_are_lost_are_sent_again_and_no_others(
    open_device: Opened, data: bytes, right: bytes
) -> None:
    device = open_device("corrupt=0.001", "seed=5")
    for _ in range(5):
        device.repaired(lambda: device.load_slot(0, data), "a slot")
        assert device.repaired(lambda: device.run_slots(0, [data]), "a run").outputs == (right,)
    said = device.said  # type: ignore[attr-defined]
    assert any("of an input were sent again" in text for text in said)


@pytest.mark.parametrize("extensions", [True, False])
def test_a_device_that_boots_in_mid_run_is_found_again(
    open_device: Opened, data: bytes, right: bytes, extensions: bool
) -> None:
    device = open_device("reboot=3000", "boot=300", extensions=extensions)
    answers = [device.sample(data, f"sample {number}") for number in range(4)]
    assert len({each.results for each in answers}) == 1
    said = device.said  # type: ignore[attr-defined]
    assert any("the device has booted during" in text or "no m-ready" in text for text in said)
    assert not any("Device" in text for text in said)  # no names of classes


def test_a_binary_load_that_was_left_open_is_got_out_of(
    open_device: Opened, data: bytes, right: bytes
) -> None:
    device = open_device()
    device.link.send(b"eb load 0 600%")
    device.recover()
    assert device.sample(data).outputs == (right,)


def test_slots_that_hold_something_else_are_found(open_device: Opened, data: bytes) -> None:
    """As after a reboot that nobody noticed: the output's own checksum is right."""
    device = open_device()
    device.load_slot(0, data)
    with pytest.raises(AnswerDamaged, match="hold something else"):
        device.run_slots(0, [data[::-1]])


def test_rfc2217_is_a_port_too(programs: dict[bool, Path], data: bytes) -> None:
    with (
        EmulatedPort(programs[True]) as port,
        SerialServer(port.port) as server,
        Link(f"rfc2217://127.0.0.1:{server.number}") as link,
    ):
        device = Device(link)
        assert device.wake().name == "edgebench-host"
        assert device.sample(data).count == 1


def test_slots_are_empty_after_a_reboot(open_device: Opened, data: bytes) -> None:
    device = open_device("reboot=400")
    device.slots[0] = 7
    with pytest.raises(DeviceError):
        device.load_slot(0, data)
    device.recover()
    assert not device.slots


def test_a_board_that_boots_slowly_is_waited_for(open_device: Opened) -> None:
    assert open_device("boot=1500").identity.name == "edgebench-host"


def test_a_device_that_hangs_is_given_up(open_device: Opened, data: bytes) -> None:
    device = open_device("hang=2000")
    device.retries = 0
    with pytest.raises(DeviceNotResponding, match="no m-ready within"):
        for _ in range(3):
            device.sample(data)
    with pytest.raises(DeviceNotResponding, match="nobody answers `name%`"):
        device._repair.find(1.0)


def test_a_cable_that_is_pulled_is_told_at_once(open_device: Opened, data: bytes) -> None:
    device = open_device("unplug=2000")
    started = time.monotonic()
    with pytest.raises(DeviceLost, match="was the cable unplugged"):
        for _ in range(3):
            device.sample(data)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("extensions", [True, False])
def test_a_board_that_enumerates_again_is_opened_again(
    open_device: Opened, data: bytes, extensions: bool
) -> None:
    device = open_device("replug=2500", extensions=extensions)
    answers = {device.sample(data, f"sample {number}").results for number in range(4)}
    assert len(answers) == 1
    said = device.said  # type: ignore[attr-defined]
    assert any("is back" in text for text in said)


def test_another_board_that_comes_back_is_refused(open_device: Opened, data: bytes) -> None:
    device = open_device("replug=2000", extensions=False)
    device.identity = replace(device.identity, name="another")
    with pytest.raises(DeviceMismatch, match="another has gone, and edgebench-host is there now"):
        for _ in range(3):
            device.sample(data)


@pytest.mark.parametrize(
    ("firmware", "size"), [("short_line", 31), ("short_bursts", 26), ("tiny_line", 12)]
)
def test_the_pieces_of_an_input_are_as_long_as_a_device_takes(firmware: str, size: int) -> None:
    limits = {
        "short_line": {"most_line": 67},
        "short_bursts": {"most_burst": 64},
        "tiny_line": {"most_line": 32},
    }[firmware]
    data = bytes(range(200))
    with ScriptedDevice(**limits) as device, Link(device.port) as link:
        said: list[str] = []
        client = Device(link, on_event=said.append, timeout_s=0.5)
        client.wake()
        for _ in range(2):
            client.repaired(lambda: client.load(data), "an input")
            assert device.loaded == data
        assert client.loading.piece_bytes == size
    assert sum("are tried next" in text for text in said) >= 1


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        (b"m-profile-[of an earlier command]\r\n", "and `timeout_s` too short for this device"),
        (b"good morning\r\n", "does its firmware speak MLPerf Tiny's protocol"),
    ],
)
def test_the_answer_to_an_earlier_command_is_called_late(answer: bytes, asks: str) -> None:
    with ScriptedDevice(name=answer + READY) as device, Link(device.port) as link:
        client = Device(link, retries=0)
        events = client.ask("name")
        with pytest.raises(AnswerDamaged, match=asks):
            client.one(events, messages.Name, "`name`")


def test_a_byte_that_is_lost_once_makes_no_piece_shorter() -> None:
    data = bytes(range(200))
    lost = (f"db {data[:38].hex()}",)
    with ScriptedDevice(lost_commands=lost) as device, Link(device.port) as link:
        said: list[str] = []
        client = Device(link, on_event=said.append, timeout_s=0.5)
        client.wake()
        client.repaired(lambda: client.load(data), "an input")
        assert device.loaded == data
        assert client.loading.piece_bytes == client.chunk_bytes == 38
    assert [text.endswith("; tried again") for text in said] == [True]


def test_another_format_begins_with_whole_pieces_unless_shorter_ones_have_arrived() -> None:
    data = bytes(range(200))
    with ScriptedDevice(db_0=b"e-[not now]\r\n" + READY) as device, Link(device.port) as link:
        client = Device(link, retries=0)
        client.wake()
        with pytest.raises(DeviceFailed, match="not now"):
            client.repaired(lambda: client.load(data), "an input")
        assert client.loading.piece_bytes == 4
        client.loading.begin_again()
        assert client.loading.piece_bytes == 38
    with ScriptedDevice(most_line=67) as device, Link(device.port) as link:
        client = Device(link, timeout_s=0.5)
        client.wake()
        client.repaired(lambda: client.load(data), "an input")
        client.loading.begin_again()
        assert client.loading.piece_bytes == 31
