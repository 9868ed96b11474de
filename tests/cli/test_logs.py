"""The log: -v, -q, --log-file, before a command and after it."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import AnswerDamaged
from edgebench.logs import OURS, start_logging
from tests.cli.call import call
from tests.device.scripted import ScriptedDevice

QUICK = ("--scenario", "singlestream", "--mode", "performance", "--duration", "0.1")
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} (DEBUG|INFO|WARNING|ERROR) +\S+ edgebench"
)


def test_nothing_is_logged_unless_it_is_asked_for() -> None:
    done = call("run", "nosuch")
    assert done.returncode == 2
    assert not LINE.search(done.stderr)
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("words", [("-v", "run"), ("run", "-v")])
def test_the_options_go_before_a_command_and_after_it(words: tuple[str, ...]) -> None:
    done = call(*words, *QUICK)
    assert done.returncode == 0, done.stderr
    assert " INFO " in done.stderr
    assert " DEBUG " not in done.stderr


def test_each_v_shows_more_wherever_it_stands() -> None:
    done = call("-v", "run", "nosuch", "-v")
    assert " DEBUG " in done.stderr
    assert "edgebench: MODEL: unknown value 'nosuch'; choose from" in done.stderr


def test_nested_commands_take_the_options_too() -> None:
    done = call("farm", "run", "nosuch.toml", "-vv")
    assert done.returncode == 2
    assert " DEBUG " in done.stderr


def test_a_file_gets_the_whole_log_with_tracebacks(tmp_path: Path) -> None:
    log = tmp_path / "edgebench.log"
    for _ in range(2):
        done = call("run", "nosuch", "--log-file", str(log))
        assert "Traceback" not in done.stderr
    text = log.read_text()
    assert (
        text.count(" edgebench.cli.command_group: ModelNotFound: `model`: unknown value 'nosuch'")
        == 2
    )
    assert text.count("    Traceback (most recent call last):") == 2
    assert all(LINE.match(line) or line.startswith("    ") for line in text.splitlines())


def test_a_file_that_can_not_be_written_is_a_usage_error(tmp_path: Path) -> None:
    done = call("list", "models", "--log-file", str(tmp_path / "nosuch" / "log"))
    assert done.returncode == 2
    assert "Invalid value for '--log-file'" in done.stderr
    assert "No such file" in done.stderr


def test_quiet_shows_no_progress() -> None:
    stage = "SingleStream"
    assert stage in call("run", *QUICK).stderr
    quiet = call("run", "-q", *QUICK)
    assert quiet.returncode == 0
    assert "SingleStream" in quiet.stdout
    assert stage not in quiet.stderr


def test_control_characters_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    start_logging(2, log)
    try:
        logging.getLogger("edgebench.device").info("heard %s", "\x1b[2Jx\r\n2026 INFO forged\x9b")
        try:
            raise ValueError("a\x07b")
        except ValueError:
            logging.getLogger("edgebench.device").exception("and")
    finally:
        start_logging(0, None)
    for text in (log.read_text(), capsys.readouterr().err):
        first, second, *trace = text.splitlines()
        assert first.endswith(r"edgebench.device: heard \x1b[2Jx\r\n2026 INFO forged\x9b")
        assert second.endswith("edgebench.device: and")
        assert trace[-1] == r"    ValueError: a\x07b"
    ours = [each for each in logging.getLogger("edgebench").handlers if each.name == OURS]
    assert not ours


def test_a_meter_can_be_followed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = call(
        *("power", "record", "--power", "virtual:lpm01a", "--supply", "3.3", "--duration", "0.2"),
        *("--out", tmp_path / "trace.npz", "--log-file", log),
    )
    assert done.returncode == 0, done.stderr
    text = log.read_text()
    assert "opened at 3686400 baud" in text
    assert r"> b'volt 3300m\n'" in text
    assert r"PowerShield > ack volt 3300m\r\n" in text
    assert "opening virtual:lpm01a" in text


def test_a_device_can_be_followed_through_its_repairs(tmp_path: Path) -> None:
    answer = b"\x1b[2Jdamaged\r\nm-ready\r\n"
    log = tmp_path / "log"
    start_logging(0, log)
    try:
        with (
            ScriptedDevice(infer=answer) as scripted,
            Link(scripted.port) as link,
        ):
            device = Device(link, retries=1)
            device.wake()
            with pytest.raises(AnswerDamaged):
                device.sample(b"\1\2\3\4")
    finally:
        start_logging(0, None)
    lines = log.read_text().splitlines()
    assert all(LINE.match(line) for line in lines)
    found = "\n".join(lines)
    for part in (
        f"INFO    MainThread edgebench.device.port.link: {scripted.port}: opened at 115200 baud",
        "DEBUG   MainThread edgebench.device.port.transcript: > name%",
        r"edgebench.device.port.transcript: < \x1b[2Jdamaged\r\nm-ready\r\n",
        "WARNING MainThread edgebench.device.repair: the sample: AnswerDamaged",
        "looking for the device again",
        f"{scripted.port}: closed; ",
    ):
        assert part in found


def test_the_package_is_silent_in_programs_that_configure_no_log() -> None:
    code = "import edgebench, logging; logging.getLogger('edgebench.power').warning('lost')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_help_loads_no_handler() -> None:
    code = "import sys; sys.argv[1:] = ['--help']\ntry:\n"
    code += " import edgebench.__main__ as at\n at.main()\n"
    code += "finally:\n print('edgebench.logs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert "--log-file" in done.stdout
