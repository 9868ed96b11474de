"""A device that is slow, damaged or gone, through the client that talks to it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.errors import (
    AnswerDamaged,
    DeviceClockWrong,
    DeviceFailed,
    DeviceNotFound,
    DeviceNotResponding,
    PortUnavailable,
    UsageError,
)
from edgebench.virtual.emulated_device import EmulatedPort
from tests.device.conftest import FAST, Opened
from tests.device.scripted import GOOD, READY, ScriptedDevice


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
