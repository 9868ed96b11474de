"""The client against the real firmware behind a pty that keeps its baud rate, with faults."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench.device import protocol
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.errors import (
    AnswerDamaged,
    DeviceClockWrong,
    DeviceError,
    DeviceFailed,
    DeviceLost,
    DeviceMismatch,
    DeviceNotFound,
    DeviceNotResponding,
    PortUnavailable,
    UsageError,
)
from edgebench.virtual.emulated_device import EmulatedPort
from tests.device.conftest import FAST, INPUT_BYTES, Opened
from tests.device.scripted import GOOD, READY, ScriptedDevice
from tests.device.serial_server import SerialServer


@pytest.fixture
def right(open_device: Opened, data: bytes) -> bytes:
    """What the device answers to `data` when nothing goes wrong."""
    return open_device().sample(data).outputs[0]


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
    device.retries = 15
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
    device.retries = 20
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
            client.one(events, protocol.Name, "`name`")


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


def test_a_slow_device_is_waited_for_and_its_answers_stay_in_order() -> None:
    with ScriptedDevice(pause_s=1.2) as device, Link(device.port) as link:
        client = Device(link, verify="never")
        assert client.wake().name == "scripted"
        assert client.identity.model == "kws01"
        assert client.sample(bytes([1, 2, 3, 4])).results == (0.25, 0.75)


def test_the_time_limit_that_the_user_states_is_kept() -> None:
    with ScriptedDevice(db_load=b"", timestamp=b"") as device, Link(device.port) as link:
        client = Device(link, retries=0, timeout_s=0.3)
        client.wake()
        began = time.monotonic()
        with pytest.raises(DeviceNotResponding, match=r"within 0\.3\d* s after `db load 4`; n"):
            client.load(bytes(4))
        assert time.monotonic() - began < 2


def test_a_clock_that_wraps_is_no_fault(open_device: Opened, data: bytes) -> None:
    device = open_device("wrap=400000")
    device.load(data)
    timed = [device.infer(1000) for _ in range(3)]
    end = time.monotonic() + 30
    while device.infer(1000).started_us > 1 << 31 and time.monotonic() < end:
        pass
    assert device.infer(1000).started_us < 1 << 31
    assert all(0 < each.device_us < 1_000_000 for each in timed)


def test_a_clock_that_runs_backwards_is(open_device: Opened, data: bytes) -> None:
    device = open_device("backwards=300000")
    device.load(data)
    with pytest.raises(DeviceClockWrong, match="backwards"):
        for _ in range(200):
            device.infer(20000)
    # It breaks a binary load as well, which the firmware gives up by the clock.
    device.link.drain(0.5)
    # Such a clock counts down, and from 0 it begins at 300,000 us again.
    with pytest.raises(DeviceClockWrong, match=r"runs (backwards|ahead of time): .* can't be used"):
        device.load_slot(0, data)


def test_a_faster_rate_is_taken_and_taken_again_after_a_reboot(
    open_device: Opened, data: bytes
) -> None:
    device = open_device("reboot=4000", baud=115200)
    assert device.change_baud(FAST)
    assert device.link.baud == FAST
    answers = {device.sample(data).outputs for _ in range(4)}
    assert len(answers) == 1
    assert device.link.baud == FAST
    said = device.said  # type: ignore[attr-defined]
    assert any("tried again" in text for text in said)


def test_a_rate_that_the_device_refuses_changes_nothing(open_device: Opened) -> None:
    device = open_device()
    assert not device.change_baud(300)
    assert device.identify().name == "edgebench-host"


def test_another_rate_than_the_devices_is_no_answer(programs: dict[bool, Path]) -> None:
    with (
        EmulatedPort(programs[True], 115200) as port,
        Link(port.port, LinkOptions(9600)) as link,
        pytest.raises(DeviceNotResponding, match="nobody answers `name%` at 9600 baud"),
    ):
        Device(link).wake(1.5)


def test_the_line_keeps_its_byte_times(open_device: Opened, data: bytes) -> None:
    """Not a speed test: faster than the rate allows would be a wrong emulation."""
    device = open_device(baud=19200)
    link = device.link
    before, started = link.sent_bytes + link.received_bytes, time.monotonic()
    device.load(data)
    passed = time.monotonic() - started
    assert passed > link.seconds_for(link.sent_bytes + link.received_bytes - before) * 0.98


def test_unknown_faults_are_refused(programs: dict[bool, Path]) -> None:
    for text in ("gremlin=1", "drop=2", "drop=x", "reboot="):
        with pytest.raises(UsageError):
            EmulatedPort(programs[True], FAST, [text])


# -- answers that good firmware never gives ----------------------------------------------------


def scripted(device: ScriptedDevice) -> Device:
    client = Device(Link(device.port), retries=0)
    client.wake()
    return client


@pytest.mark.parametrize(
    ("answers", "kind", "says"),
    [
        ({"infer": b"e-[out of memory]\r\n" + READY}, DeviceFailed, "out of memory"),
        ({"db_load": b"m-[Expecting 5 bytes]\r\n" + READY}, AnswerDamaged, "expects 5 bytes"),
        ({"db_0": READY}, AnswerDamaged, "has not come as it was sent"),
        ({"db_print": b"m-buffer-01-02-03-05\r\n" + READY}, AnswerDamaged, "1 bytes of the input"),
        (
            {"infer": b"m-infer-start-1\r\nm-infer-done\r\nm-results-[1.0]\r\n" + READY},
            AnswerDamaged,
            "0 timestamps, not 2: a build for energy mode",
        ),
        ({"results": b"m-results-[nan,1.0]\r\n" + READY}, AnswerDamaged, "results"),
        ({"infer": b"m-infer-start-1\r\n"}, DeviceNotResponding, "no m-ready within"),
        (
            {"infer": b"hello\r\n" + READY},
            AnswerDamaged,
            r"`infer 1 0` was answered with 'hello', where one `m-infer-start-N` is due",
        ),
        (
            {"db_load": b"buffer size 4 exceeds maximum of 2\n" + READY},
            DeviceFailed,
            "the device refuses `db load 4`: 'buffer size 4 exceeds maximum of 2'",
        ),
        (
            {"db_load": b"no\x1b[2J memory\n" + READY},
            AnswerDamaged,
            r"`db load 4` was answered with 'no\\x1b\[2J memory', where one `m-\[Expecting N b",
        ),
        (
            {"infer": b"Input db has 4 elemented, expected 8\n" + READY},
            DeviceFailed,
            "refuses `infer 1 0`: 'Input db has 4 elemented, expected 8'",
        ),
        ({"db_0": b"what?\r\n" + READY}, AnswerDamaged, "as it was sent: .* answers 'what.'"),
        (
            {"db_0": b"command too long\r\n" + READY},
            DeviceFailed,
            "refuses part 1 of 1 of an input: 'command too long'",
        ),
        (
            {"infer": b"Input db has 4 elemented, expected 8\n" + GOOD["infer"]},
            DeviceFailed,
            "refuses `infer 1 0`: 'Input db has 4 elemented, expected 8'",
        ),
        ({"infer": b"Invoke failed.\n" + GOOD["infer"]}, DeviceFailed, "refuses .*Invoke failed"),
    ],
)
def test_answers_that_can_not_be(
    answers: dict[str, bytes], kind: type[Exception], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgebench.device.timing.FIRST_INFERENCE_S", 0.5)
    with ScriptedDevice(**answers) as device:
        client = scripted(device)
        with pytest.raises(kind, match=says):
            client.sample(bytes([1, 2, 3, 4]))


@pytest.mark.parametrize(
    "chatter",
    [
        "temperature exceeds 50",
        "<wrn> adc: expected 3 readings, got 2",
        "wifi: scan buffer out of memory",
        "battery too low, beacon too long",
        "Input db has 4 elemented, expected 4",
    ],
)
def test_what_a_board_prints_meanwhile_refuses_nothing_that_is_answered(chatter: str) -> None:
    line = chatter.encode() + b"\r\n"
    answers = {name: line + text for name, text in GOOD.items()}
    loads = {
        "db_load": line + b"m-[Expecting 4 bytes]\r\n" + READY,
        "db_0": line + b"m-load-done\r\n" + READY,
        "db_print": line + b"m-buffer-01-02-03-04\r\n" + READY,
    }
    with ScriptedDevice(**answers, **loads) as device:
        assert scripted(device).sample(bytes([1, 2, 3, 4])).results == (0.25, 0.75)


def test_the_warm_up_is_always_said() -> None:
    """The reference firmware's default would be ten."""
    with ScriptedDevice() as device:
        scripted(device).sample(bytes([1, 2, 3, 4]))
        assert "infer 1 0" in device.commands
        assert "results" in device.commands  # no checksum: asked twice


def test_somebody_else_on_the_port() -> None:
    with (
        ScriptedDevice(name=b"login: \r\n") as device,
        Link(device.port) as link,
        pytest.raises(DeviceNotResponding, match="is it the right port"),
    ):
        Device(link).wake(1.5)


# -- ports -------------------------------------------------------------------------------------


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(DeviceNotFound, match="edgebench devices"):
        Link("/dev/ttyNOWHERE")
    with pytest.raises(DeviceNotFound, match="no serial port"):
        Link("gopher://x")
    with pytest.raises(PortUnavailable, match="can't be opened"):
        Link("socket://127.0.0.1:1")


def test_a_port_that_another_program_holds(programs: dict[bool, Path]) -> None:
    with (
        EmulatedPort(programs[True]) as port,
        Link(port.port),
        pytest.raises(PortUnavailable, match="busy"),
    ):
        Link(port.port)


def test_a_port_that_this_user_may_not_open(
    programs: dict[bool, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may open anything; what the kernel tells others is made here.
    def refuse(path: str, *_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied", path)

    with EmulatedPort(programs[True]) as port:
        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(PortUnavailable, match="dialout"):
            Link(port.port)


def test_the_transcript_has_every_byte_with_its_time(
    open_device: Opened, data: bytes, tmp_path: Path
) -> None:
    device = open_device(extensions=False)
    device.sample(data)
    device.link.transcript.close()
    lines = (tmp_path / "transcript.txt").read_text().splitlines()
    times = [float(line.split(" ", 1)[0]) for line in lines]
    assert times == sorted(times)
    sent = "".join(line.split(" ", 2)[2] for line in lines if line.split(" ")[1] == ">")
    assert f"db {data.hex()[:76]}%" in sent
    received = "".join(line.split(" ", 2)[2] for line in lines if line.split(" ")[1] == "<")
    assert "m-infer-done" in received
    assert sum(len(each) for each in (sent,)) == device.link.sent_bytes
