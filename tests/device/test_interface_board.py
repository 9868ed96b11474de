"""Answers of MLPerf Tiny's interface board, and of the device behind it, are read or named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from edgebench.device import interface_board
from edgebench.device.interface_board import InterfaceBoard, Listener
from edgebench.errors import AnswerDamaged, DeviceFailed, DeviceNotResponding
from tests.device.scripted_board import PASSED, scripted


def test_answers_of_the_board_are_read() -> None:
    answers = {
        "ls": "one.wav\r\ntwo.wav\r\nm-ready\r\n",
        "print_detections": "Detection Timestamps (ms)\r\n40,\r\n1420,\r\nm-ready\r\n",
        "print_dutycycle": "Duty cycle start times (s)\r\n5, 3205, \r\n"
        "Duty cycle stop times (s)\r\n9, 3209, m-ready\r\n",
        "play a.wav": "Attempting to play a.wav\nsucceeded.\nm-ready\r\n",
        "dut stop": PASSED + "[dut]: Streaming stopped.\r\n[dut]: target activations: \r\n"
        "[dut]: [-128, 3, \r\n[dut]: 127]\r\n[dut]: m-ready\r\n",
        "dut name": PASSED + "[dut]: m-name-dut-[x]\r\n[dut]: m-ready\r\n",
        "dut profile": PASSED + "[dut]: m-profile-[p]\r\n[dut]: m-model-[sww01]\r\n"
        "[dut]: m-ready\r\n",
    }
    with scripted(answers) as link:
        board = InterfaceBoard(link)
        assert board.files() == ("one.wav", "two.wav")
        assert board.detections() == (40, 1420)
        assert board.duty_cycle() == ((5, 3205), (9, 3209))
        board.play("a.wav", 1.0)
        device = Listener(board)
        device.identify()
        assert (device.said_name, device.said_profile, device.said_model) == ("x", "p", "sww01")
        assert device.stop() == (-128, 3, 127)


def test_answers_that_are_none_are_named() -> None:
    answers = {
        "print_detections": "nothing of that kind\r\nm-ready\r\n",
        "play a.wav": "Attempting to play a.wav\nError playing file. Check that ...\nm-ready\r\n",
        "play B.wav": "Attempting to play B.wav\nError playing file. Check that ...\nm-ready\r\n",
        "ls": "b.wav\r\nc.wav\r\nm-ready\r\n",
        "dut name": PASSED + "[dut]: m-ready\r\n",
        "dut profile": PASSED + "[dut]: m-ready\r\n",
    }
    with scripted(answers) as link:
        board = InterfaceBoard(link)
        with pytest.raises(AnswerDamaged, match="has no `Detection Timestamps"):
            board.detections()
        with pytest.raises(DeviceFailed, match=r"can't play a\.wav: it is not .* has b\.wav, c"):
            board.play("a.wav", 1.0)
        with pytest.raises(DeviceFailed, match=r"can't play B\.wav: it must be a WAV file of two"):
            board.play("B.wav", 1.0)
        with pytest.raises(AnswerDamaged, match="which model it has"):
            Listener(board).identify()
        with pytest.raises(DeviceNotResponding, match=r"no m-ready within 0\.2 s after `name`"):
            board.ask("name", quiet_s=0.2)


@pytest.mark.parametrize(
    ("command", "answer", "message"),
    [
        ("dut start", PASSED + "[dut]: e-[this board's port has no audio input]\r\n", "no audio"),
        ("dut start", PASSED + "[dut]: m-init-done\r\n", "a restart after `start`"),
        ("record_detections", "e-[no memory]\r\n", "`record_detections` is an error: no memory"),
        ("play a.wav", "succeeded.\nm-init-done\r\n", r"a restart after `play a\.wav`"),
        ("dut stop", PASSED + "[dut]: e-[not now]\r\n", "`stop` is an error: not now"),
        ("print_dutycycle", "m-init-done\r\n", "a restart after `print_dutycycle`"),
    ],
)
def test_a_refusal_or_a_restart_fails_the_command(command: str, answer: str, message: str) -> None:
    whole = {"dut stop": PASSED + "m-ready\r\n", command: answer + "m-ready\r\n"}
    with scripted(whole) as link:
        board = InterfaceBoard(link)
        device = Listener(board)
        calls: Mapping[str, Callable[[], object]] = {
            "dut start": device.start,
            "dut stop": device.stop,
            "record_detections": board.record,
            "play a.wav": lambda: board.play("a.wav", 1.0),
            "print_dutycycle": board.duty_cycle,
        }
        with pytest.raises(DeviceFailed, match=message):
            calls[command]()


def test_lines_without_an_end_are_not_heard_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted({"ls": "still busy\r\n" * 200}) as link:
        board = InterfaceBoard(link)
        with pytest.raises(DeviceNotResponding, match=r"within 2 s after `ls`.*still busy"):
            board.ask("ls", limit_s=2.0)
        monkeypatch.setattr(interface_board, "MOST_ANSWER_BYTES", 1000)
        with pytest.raises(AnswerDamaged, match="more than 1,000 bytes after `ls`"):
            board.ask("ls")
