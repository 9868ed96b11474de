"""The board in its own process: between a host and a device, and as a player."""

from __future__ import annotations

import os
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.errors import DeviceNotResponding
from edgebench.virtual.emulated_interface import EmulatedInterface
from edgebench.virtual.interface_board import audio_wire, uart
from edgebench.virtual.interface_board.audio_wire import MOST_UNHEARD, AudioWire, audio_socket
from edgebench.virtual.interface_board.card import Recording
from edgebench.virtual.interface_board.clock import BoardClock
from edgebench.virtual.interface_board.pins import PinRecorder
from edgebench.virtual.interface_board.player import WirePlayer
from tests.conftest import waited
from tests.models.made_models import dense_model
from tests.virtual.interface_board.host import BoardHost
from tests.virtual.interface_board.listener import BUSY_US, HOP, Listener
from tests.virtual.interface_board.waves import RATE_HZ, clicks
from tests.virtual.tiny_runner import runner_folder

SECONDS = 4.5
AT_S = [0.5, 0.503, 1.2, 3.9]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    clicks(folder / "clicks.wav", SECONDS, AT_S)
    return folder


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """A keyword spotter's port."""
    path = tmp_path / "small.tflite"
    path.write_bytes(dense_model((24, 12), "int8").to_bytes())
    with edgebench.emulate(path, benchmark="kws01", extensions=False) as emulated:
        yield emulated.port


@pytest.fixture
def unplugged() -> Iterator[str]:
    """A device's port with nobody behind it."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def test_a_board_ends_with_its_parent_while_it_plays(unplugged: str, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    clicks(card / "clicks.wav", 120.0, AT_S)
    with EmulatedInterface(unplugged, card) as board, BoardHost(board.port) as host:
        host._serial.write(b"play clicks.wav%")
        assert host._serial.readline() == b"Attempting to play clicks.wav\n"
        process = board._process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def test_a_host_that_has_left_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    monkeypatch.setattr(uart, "WRITE_S", 0.3)
    pieces = iter(["x" * 100_000, *("y" * 1000 for _ in range(100))])
    begun = time.monotonic()
    uart.Line(ours, b"%").write_all(pieces)
    assert time.monotonic() - begun < 10
    # The answer is computed to its end all the same.
    assert next(pieces, None) is None
    os.close(theirs)
    os.close(ours)


def test_commands_go_through_to_the_device(device: str, card: Path) -> None:
    with EmulatedInterface(device, card) as board, BoardHost(board.port) as host:
        assert host.ask("name") == ["tinyML Enhanced Interface Board"]
        assert host.ask_device("name") == ["m-name-dut-[edgebench-host]"]
        assert "m-model-[kws01]" in host.ask_device("profile")
        (stamp,) = host.ask_device("timestamp")
        assert stamp.startswith("m-lap-us-")
        assert host.ask("setbaud 115200") == ["set baud to: 115200"]
        host.ask_device("db load 24")
        assert any("m-load-done" in line for line in host.ask_device(f"db {'7f' * 24}"))
        lines = host.ask_device("infer 2 0")
        assert sum(line.startswith("m-lap-us-") for line in lines) == 2
        assert any(line.startswith("m-results-[") for line in lines)


def test_hosts_may_come_and_go(device: str, card: Path) -> None:
    with EmulatedInterface(device, card) as board:
        for _ in range(3):
            with BoardHost(board.port) as host:
                assert host.ask_device("name") == ["m-name-dut-[edgebench-host]"]


def heard_detections(host: BoardHost) -> list[int]:
    first, *times = host.ask("print_detections")
    assert first == "Detection Timestamps (ms)"
    return [int(each.strip(",")) for each in times]


def duty_cycle(host: BoardHost) -> tuple[np.ndarray, np.ndarray]:
    lines = host.ask("print_dutycycle")
    place = next(n for n, line in enumerate(lines) if line.startswith("Duty cycle stop times"))
    numbers = [
        np.array([int(each) for line in part for each in line.split(",") if each.strip()])
        for part in (lines[1:place], lines[place + 1 :])
    ]
    return numbers[0], numbers[1]


def expected_ms() -> np.ndarray:
    """When the frames with the clicks have been computed; two are in one frame."""
    frames = np.unique([int(moment * RATE_HZ) // HOP for moment in AT_S])
    return (frames + 1) * HOP / RATE_HZ * 1e3 + BUSY_US / 1e3


@pytest.mark.timed
@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "real time"])
def test_a_recording_is_played_and_pins_are_timed(
    is_fast: bool, device: str, card: Path, tmp_path: Path
) -> None:
    wire = tmp_path / "wire"
    with ExitStack() as stack:
        server = stack.enter_context(audio_socket(wire))
        board = stack.enter_context(EmulatedInterface(device, card, audio=server, is_fast=is_fast))
        listener = stack.enter_context(Listener(wire))
        host = stack.enter_context(BoardHost(board.port))
        listener.pulse()
        time.sleep(0.2)
        host.ask("record_detections")
        began = time.monotonic()
        assert host.ask("play clicks.wav") == ["Attempting to play clicks.wav", "succeeded."]
        took_s = time.monotonic() - began
        times = np.array(heard_detections(host))
        starts, stops = duty_cycle(host)
    assert took_s < SECONDS / 2 if is_fast else took_s > SECONDS - 0.2
    # The last 64 ms at most are never sent.
    assert SECONDS - 0.07 < len(listener.heard) / RATE_HZ <= SECONDS
    assert np.flatnonzero(listener.heard).tolist() == [round(each * RATE_HZ) for each in AT_S]
    # From the moment the recording began on, to the tick, whatever the machine did meanwhile.
    late = times - expected_ms()
    assert np.ptp(late) <= 1
    assert 0 <= late[0] < 2000
    assert len(starts) == len(stops) == 100
    assert np.unique(stops - starts).tolist() in ([500], [499, 500], [500, 501])
    assert set(np.unique(np.diff(starts))) <= {1999, 2000, 2001}


def test_a_recording_moves_the_board_s_clock_on(device: str, card: Path, tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    with ExitStack() as stack:
        server = stack.enter_context(audio_socket(wire))
        board = stack.enter_context(EmulatedInterface(device, card, audio=server, is_fast=True))
        listener = stack.enter_context(Listener(wire))
        host = stack.enter_context(BoardHost(board.port))
        host.ask("record_detections")
        for _ in range(2):
            host.ask("play clicks.wav")
        times = heard_detections(host)
    assert len(times) == 2 * len(expected_ms())
    first, second = np.array_split(np.array(times), 2)
    apart = np.unique(second - first)
    assert len(apart) <= 2
    assert apart[0] >= (SECONDS - 0.07) * 1e3
    assert np.count_nonzero(listener.heard) == 2 * len(AT_S)


def test_a_device_that_does_not_listen_misses_it(device: str, card: Path, tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    with (
        audio_socket(wire) as server,
        EmulatedInterface(device, card, audio=server, is_fast=True) as board,
        BoardHost(board.port) as host,
    ):
        assert host.ask("play clicks.wav")[-1] == "succeeded."  # nobody is there
        time.sleep(0.3)
        with Listener(wire) as again:  # it has booted once more
            time.sleep(0.3)
            host.ask("record_detections")
            host.ask("play clicks.wav")
            assert np.count_nonzero(again.heard) == len(AT_S)
        assert len(heard_detections(host)) == len(expected_ms())


def test_a_device_that_takes_nothing_more_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_wire, "HEARD_S", 0.3)
    pins, clock = PinRecorder(), BoardClock()
    player = WirePlayer(pins, clock, is_fast=True)
    with audio_socket(tmp_path / "wire") as server, AudioWire(server, player.changed) as wire:
        player.wire = wire
        with Listener(tmp_path / "wire", deaf_after=8000) as listener:
            waited(lambda: wire.send(b"") or None)
            player.play(Recording(np.full(48_000, 20_000, np.int16), RATE_HZ))
            assert len(listener.heard) <= 8000
            assert wire.sent <= 8000 + MOST_UNHEARD
        assert clock.now_ns() >= 3_000_000_000  # the rest was played to nobody
        assert len(pins.processing()[0]) == len(listener.heard) // HOP > 0


def test_a_device_s_port_that_is_not_there_is_said(card: Path) -> None:
    with pytest.raises(DeviceNotResponding, match=r"interface board could not be started: .*none"):
        EmulatedInterface("/dev/none", card)


def test_mlcommons_own_classes_drive_it(device: str, card: Path, tmp_path: Path) -> None:
    """Its classes for this board and for a device, unchanged, as its main.py uses them."""
    runner = str(runner_folder())
    wire = tmp_path / "wire"
    sys.path.insert(0, runner)
    try:
        from device_under_test import DUT  # type: ignore[import-not-found]
        from io_manager_enhanced import IOManagerEnhanced  # type: ignore[import-not-found]
        from streaming_ww_utils import (  # type: ignore[import-not-found]
            calc_detection_stats,
            process_dutycycle,
            process_timestamps,
        )

        with ExitStack() as stack:
            server = stack.enter_context(audio_socket(wire))
            board = stack.enter_context(EmulatedInterface(device, card, audio=server, is_fast=True))
            stack.enter_context(Listener(wire))
            io = stack.enter_context(IOManagerEnhanced(board.port, 115200, 115200))
            io.sync_baud(115200)
            dut = stack.enter_context(DUT(io, baud_rate=115200))
            assert (dut.get_name(), dut.get_model()) == ("edgebench-host", "kws01")
            assert "clicks.wav" in io.get_waves()
            assert "m-load-done" in dut.load(bytes(range(24)))
            assert any(line.startswith("m-results-[") for line in dut.infer(3, 1))
            io.record_detections()
            io.play_wave("clicks.wav", timeout=SECONDS + 10)
            times = process_timestamps(io.print_detections())
            duty = process_dutycycle(io.print_dutycycle())
    finally:
        sys.path.remove(runner)
    assert len(times) == len(expected_ms())
    assert duty["duty_cycle"] == pytest.approx(BUSY_US / 20_000, rel=0.01)
    after_first = [each - AT_S[0] for each in AT_S[2:]]
    found, missed, false = calc_detection_stats(
        times, [[each - 0.01, each] for each in after_first]
    )
    assert (len(found), missed, len(false)) == (len(after_first), [], 0)
