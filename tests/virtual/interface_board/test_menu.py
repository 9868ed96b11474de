"""The board's commands, byte for byte as its firmware answers them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.virtual.interface_board.card import Card
from edgebench.virtual.interface_board.clock import BoardClock
from edgebench.virtual.interface_board.menu import InterfaceMenu
from edgebench.virtual.interface_board.pins import MOST_FRAMES, PROCESSING, WW_DETECTED, PinRecorder
from edgebench.virtual.interface_board.player import WirePlayer
from edgebench.virtual.interface_board.uart import UntilEnd
from tests.virtual.interface_board.waves import wave


class Echo:
    """A device that says what it was asked."""

    baud = 115_200

    def answer(self, command: str) -> Iterator[str]:
        yield from (f"m-{command}", "m-ready")


@pytest.fixture
def pins() -> PinRecorder:
    return PinRecorder()


@pytest.fixture
def device() -> Echo:
    return Echo()


@pytest.fixture
def menu(tmp_path: Path, pins: PinRecorder, device: Echo) -> InterfaceMenu:
    card = tmp_path / "card"
    card.mkdir()
    (card / "long_wav.wav").write_bytes(wave(np.zeros(4000)))
    (card / "mono.wav").write_bytes(wave(np.zeros(4000), channels=1))
    (card / "notes.txt").write_text("none")
    clock = BoardClock()
    return InterfaceMenu(device, Card(card), WirePlayer(pins, clock, is_fast=True), pins, clock)


def said(menu: InterfaceMenu, command: str) -> str:
    return "".join(menu.answer(command))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("name", "tinyML Enhanced Interface Board\r\nm-ready\r\n"),
        ("ls", "long_wav.wav\r\nmono.wav\r\nnotes.txt\r\nm-ready\r\n"),
        ("checkbaud", "baud is: 115200\nm-ready\r\n"),
        ("setbaud 9600", "set baud to: 9600\nm-ready\r\n"),
        (f"setbaud {'9' * 5000}", f"set baud to: {'9' * 5000}\nm-ready\r\n"),
        ("record_detections", "Now recording detections\r\nm-ready\r\n"),
        ("print_detections", "Detection Timestamps (ms)\r\nm-ready\r\n"),
        (
            "print_dutycycle",
            "Duty cycle start times (s)\r\n\r\nDuty cycle stop times (s)\r\nm-ready\r\n",
        ),
        ("dut name", "m-dut-passthrough(name)\r\nm-ready\r\n[dut]: m-name\r\n[dut]: m-ready\r\n"),
        ("play LONG_wav.WAV", "Attempting to play LONG_wav.WAV\nsucceeded.\nm-ready\r\n"),
        # What it has no command for it only acknowledges; what is longer it passes over in silence.
        ("", "m-ready\r\n"),
        ("help", "m-ready\r\n"),
        ("\r\nname", "m-ready\r\n"),
        ("names", ""),
        ("ls ", ""),
        ("dut", "m-dut-passthrough()\r\nm-ready\r\n[dut]: m-\r\n[dut]: m-ready\r\n"),
        ("setbaud fast", ""),
    ],
)
def test_answers(menu: InterfaceMenu, command: str, answer: str) -> None:
    assert said(menu, command) == answer


@pytest.mark.parametrize("name", ["mono.wav", "notes.txt", "none.wav", "../card/long_wav.wav", "."])
def test_what_can_t_be_played_is_said(menu: InterfaceMenu, name: str) -> None:
    answer = said(menu, f"play {name}")
    assert "Error playing file. Check that the file exists and is a 2-channel wav file.\n" in answer
    assert answer.endswith("m-ready\r\n")


def test_the_rate_of_the_device_s_line_is_set(menu: InterfaceMenu, device: Echo) -> None:
    said(menu, "setbaud 921600")
    assert device.baud == 921600
    said(menu, "setbaud 3000000")  # beyond what it keeps
    assert device.baud == 115200


def test_pins_are_noted_and_printed(menu: InterfaceMenu, pins: PinRecorder) -> None:
    said(menu, "record_detections")
    for frame in range(10):
        start = 20e6 * frame
        pins.change(PROCESSING, 1, start)
        if frame in (3, 7):
            pins.change(WW_DETECTED, 0, start + 4e6)
            pins.change(WW_DETECTED, 1, start + 4e6)
        pins.change(PROCESSING, 0, start + 5e6)
    assert said(menu, "print_detections").splitlines()[1:-1] == ["64,", "144,"]
    lines = said(menu, "print_dutycycle").splitlines()
    assert lines[1] == "0, 2000, 4000, 6000, 8000, 10000, 12000, 14000, "
    assert lines[2] == "16000, 18000, "
    assert lines[4] == "500, 2500, 4500, 6500, 8500, 10500, 12500, 14500, "
    assert lines[5] == "16500, 18500, m-ready"
    said(menu, "record_detections")
    assert said(menu, "print_detections").splitlines()[1:] == ["m-ready"]


def test_the_firmware_s_limits_are_kept(pins: PinRecorder) -> None:
    for frame in range(MOST_FRAMES + 50):
        pins.change(PROCESSING, 1, 1e7 * frame)
        pins.change(PROCESSING, 1, 1e7 * frame + 1)  # no change
        pins.change(PROCESSING, 0, 1e7 * frame + 5e6)
    assert [len(each) for each in pins.processing()] == [MOST_FRAMES, MOST_FRAMES]
    for moment_ms in (1, 5, 11, 12, 23, 1000):
        pins.change(WW_DETECTED, 0, moment_ms * 1e6)
        pins.change(WW_DETECTED, 1, moment_ms * 1e6)
    # The firmware's arithmetic is unsigned: before ten milliseconds it knows no bounce.
    assert pins.detections_ms() == (1, 5, 23, 1000)


@given(st.lists(st.binary(max_size=20)), st.sampled_from([b"%", b"\r\n"]))
def test_messages_do_not_depend_on_how_bytes_come(pieces: list[bytes], end: bytes) -> None:
    whole = list(UntilEnd(end).feed(b"".join(pieces)))
    until = UntilEnd(end)
    assert [message for piece in pieces for message in until.feed(piece)] == whole


def test_a_doubled_return_ends_no_message() -> None:
    assert list(UntilEnd(b"\r\n").feed(b"one\r\r\ntwo\r\n")) == ["one\r\r\ntwo"]
