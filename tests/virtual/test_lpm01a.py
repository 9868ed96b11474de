"""The LPM01A that is played says what the board says, to the byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgebench.power.open import open_meter
from edgebench.virtual.meters.faults import Faults
from edgebench.virtual.meters.kinds import kind_of
from edgebench.virtual.meters.marker import Marker
from edgebench.virtual.meters.player_process import Played
from edgebench.virtual.meters.stand_ins.lpm01a import VirtualLpm01a
from edgebench.virtual.meters.stand_ins.lpm01a_commands import number
from tests.virtual.tiny_runner import runner_folder

MARK_S = 0.05
SESSION = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from power_manager.power_manager import PowerManager
from script import _ScriptInferStep
power = PowerManager("lpm01a", port_device=sys.argv[2], baud_rate=3686400, voltage=1.8)
power._commands.configure_voltage(3.0)
power.power_on()
found = {"status": power.get_status(), "board": power.get_board_id()}
power.start()
time.sleep(2.2)
found["marks"], found["samples"] = _ScriptInferStep._gather_power_results(power)
power.power_off()
power.__exit__()
with open("found.json", "w") as file:
    json.dump(found, file)
"""
"""What MLCommons' main.py does with a meter, by its own classes."""


def played(**faults: float) -> VirtualLpm01a:
    kind = kind_of("lpm01a")
    asked = Faults(exact=1, **faults)  # type: ignore[arg-type]
    return VirtualLpm01a(kind.instrument(asked, Marker(asked.marks)))


@pytest.mark.parametrize(
    "command",
    [
        "htc",
        'lcd 1 "MLPerf Tiny"',
        'lcd 2 "          1.8V "',
        "acqtime inf",
        "acqtime 0",
        "trigdelay 0",
        "eventsrc d7 fal",
        "volt 3300m",
        "volt 18-1",
        "freq 20k",
        "format bin_hexa",
        "funcmode optim",
        "pwr on nostatus",
        "pwrend off",
        "targrst 10m",
        "hrc",
    ],
)
def test_a_command_comes_back_whole(command: str) -> None:
    said = played().feed(f"{command}\r\n".encode())
    assert said == f"\r\nPowerShield > ack {command}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "command", ["volt 5000m", "volt 3,3", "freq 3k", "lcd 3 x", "format text", "start now", "sing"]
)
def test_what_the_board_has_not_is_refused_whole(command: str) -> None:
    lines = played().feed(f"{command}\r\n".encode()).split(b"\r\n")
    assert lines[:2] == [b"", f"PowerShield > error {command}".encode()]
    assert lines[2].startswith(b"Error detail: ")


def test_questions_are_answered_behind_the_command() -> None:
    meter = played()
    assert meter.feed(b"echo ABC\r\n") == b"\r\nPowerShield > echo ABC\r\n"
    assert meter.feed(b"version\n") == b"\r\nPowerShield > ack version 1.0.6\r\n\r\n"
    assert meter.feed(b"volt 25-1\nvolt get\n").endswith(b"ack volt get 2500m\r\n\r\n")
    assert meter.feed(b"pwr get\npwr on\npwr get\n").count(b"ack pwr get on") == 1


@pytest.mark.parametrize(
    ("text", "value"), [("3300m", 3.3), ("33-1", 3.3), ("100k", 1e5), ("5", 5), ("2+3", 2e3)]
)
def test_numbers_are_written_in_three_ways(text: str, value: float) -> None:
    assert number(text) == pytest.approx(value)


def test_events_rise_and_are_counted_from_nought() -> None:
    meter = played(marks=MARK_S)
    meter.feed(b"pwr on\nstart\n")
    time.sleep(12 * MARK_S)
    lines = meter.due().split(b"\r\n")
    events = [line for line in lines if line.startswith(b"event")]
    assert len(events) >= 11
    assert events == [b"event %02d ris" % number for number in range(len(events))]
    assert meter.feed(b"stop\n").endswith(b"\r\nPowerShield > Acquisition completed\r\n")


def test_seconds_have_three_digits_as_mlcommons_runner_reads_them() -> None:
    meter = played()
    meter.feed(b"start\n")
    meter._stamped_ms = 998_000
    stamps = [meter._stamp() for _ in range(3)]
    assert [each[11:15] for each in stamps] == [b"999s", b"000s", b"001s"]


@pytest.mark.parametrize("options", ["", ",rate=100k,format=binary"])
def test_our_own_driver_takes_no_answer_for_a_sample(options: str) -> None:
    with open_meter(f"virtual:lpm01a,exact=1{options}") as meter:
        for _ in range(2):
            meter.start()
            time.sleep(0.3)
            samples = meter.stop()
            assert samples.faults == ()
            assert not samples.lost
            assert len(samples) >= 250


def test_mlcommons_own_class_measures_with_it(tmp_path: Path) -> None:
    runner = runner_folder()
    with Played("lpm01a", ["exact=1", f"marks={MARK_S}"]) as meter:
        done = subprocess.run(
            [sys.executable, "-c", SESSION, str(runner), meter.place],
            cwd=tmp_path,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "did not acknowledge" not in done.stdout
    found = json.loads((tmp_path / "found.json").read_text())
    assert "PowerShield present" in str(found["board"])
    assert found["status"] == "ok"
    assert len(found["samples"]) >= 2000
    assert all(0 < joules < 1e-3 for joules in found["samples"])
    numbers = [int(number) for number, _ in found["marks"]]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 2.0 / MARK_S
    gaps = [b - a for (_, a), (_, b) in zip(found["marks"], found["marks"][1:], strict=False)]
    assert all(abs(gap - 1e3 * MARK_S) <= 1 for gap in gaps)
