"""SIGTERM and SIGHUP end a command as Ctrl-C does, with exit codes of their own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

EDGEBENCH = (sys.executable, "-m", "edgebench")
AN_HOUR = ("--duration", "3600")
LONG = ("run", "digits-resnet8", "--mode", "performance", "--scenario", "singlestream")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def started(*arguments: str, until: str, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a command, and return when what a pattern finds is on standard error.

    Progress is a part of a line: what is read is not by lines.
    """
    process = subprocess.Popen(
        [*prefix, *EDGEBENCH, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    seen = ""
    while not re.search(until, seen):
        read = os.read(process.stderr.fileno(), 1 << 16)
        assert read, seen
        seen += read.decode()
    return process


LOGS = 4


def is_pending(process: subprocess.Popen[str], number: int) -> bool:
    """Whether a signal has not come to any thread of a process yet."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s+([0-9a-f]+)$", status, re.MULTILINE)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def measures(folder: Path) -> bool:
    """Whether LoadGen has opened all logs of a run's first test, and writes them."""
    logs = list(folder.glob("edgebench-runs/*/performance/mlperf_log_*"))
    return len(logs) == LOGS and any(path.stat().st_size for path in logs)


def end_of(process: subprocess.Popen[str], *numbers: int) -> tuple[int, str]:
    """Send signals, each after the one before has arrived; return the exit code and the text."""
    for number in numbers:
        process.send_signal(number)
        until(lambda number=number: not is_pending(process, number))
    out, said = process.communicate(timeout=60)
    assert "Traceback" not in said + out
    listed = ["ps", "-o", "args", "--no-headers", "-s", str(process.pid)]
    left = subprocess.run(listed, capture_output=True, text=True, check=False).stdout
    assert left.strip() == ""
    return process.returncode, said


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_run_that_is_ended_by_a_signal_resumes(tmp_path: Path, name: str) -> None:
    number = signal.Signals[name]
    process = started(*LONG, "--duration", "5", until="SingleStream performance")
    until(lambda: measures(tmp_path))
    code, said = end_of(process, number)
    assert code == 128 + number
    by = "" if name == "SIGINT" else f" by {name}"
    assert f"edgebench: Interrupted{by}. What was measured is kept in edgebench-runs" in said
    assert "`edgebench run --resume" in said
    (partial,) = (tmp_path / "edgebench-runs").glob("*.partial/run.json")
    events = [event["what"] for event in json.loads(partial.read_text())["events"]]
    assert events[-1] == f"interrupted by {'Ctrl-C' if name == 'SIGINT' else name}"
    done = subprocess.run(
        [*EDGEBENCH, "run", "--resume"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGTERM, signal.SIGHUP, signal.SIGINT),  # systemd sends the first two at once
        (signal.SIGINT, signal.SIGINT, signal.SIGTERM),
    ],
)
def test_more_signals_change_nothing(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    several = ("--instances", "2", "--instance-kind", "processes")
    process = started(*LONG, "--duration", "30", *several, until="SingleStream performance")
    until(lambda: measures(tmp_path))
    code, said = end_of(process, *numbers)
    assert code == 128 + numbers[0]
    assert said.count("What was measured is kept") == 1
    assert list((tmp_path / "edgebench-runs").glob("*.partial/run.json"))


@pytest.mark.parametrize(
    ("arguments", "until", "says"),
    [
        (
            ("-vv", "power", "record", "--power", "virtual:lpm01a", "--out", "p.npz", *AN_HOUR),
            r"\b[1-9]\d* samples",
            r"What was recorded is in p\.npz",
        ),
        (("tune", "digits-resnet8", "--budget", "60"), "tuning", "of a search nothing is kept"),
        (("profile", "kws-ds-cnn"), "profiling", "before it was finished"),
        (
            ("run", "--device", "emulated:kws", "--duration", "30"),
            "performance",
            "What was measured is kept",
        ),
        (
            ("run", "digits-resnet8", "--sweep", "threads=1,2", "--duration", "30"),
            "performance",
            "What was measured is kept",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_long_command_says_what_is_kept(
    arguments: tuple[str, ...], until: str, says: str
) -> None:
    code, said = end_of(started(*arguments, until=until), signal.SIGTERM)
    assert code == 143
    assert re.search(rf"edgebench: Interrupted by SIGTERM.*{says}", said), said


def test_a_farm_names_resume(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        '[[targets]]\ndevice = "emulated:kws"\nname = "desk"\n'
        '[[runs]]\nmodel = "kws-ds-cnn"\noptions = { duration_s = 60 }\n'
    )
    process = subprocess.Popen(
        [*EDGEBENCH, "farm", "run", "plan.toml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: bool(list(tmp_path.glob("farm-runs/runs/*/*/*.partial/run.json"))))
    code, said = end_of(process, signal.SIGTERM)
    assert code == 143
    assert "0 runs are finished in farm-runs; go on with --resume" in said


def test_under_nohup_a_hang_up_ends_nothing() -> None:
    ignoring = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
    process = started(*LONG, "--duration", "1", until="SingleStream performance", prefix=ignoring)
    code, said = end_of(process, signal.SIGHUP)
    assert code == 0, said


def test_a_terminal_that_goes_away_leaves_a_run_to_resume(tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*EDGEBENCH, *LONG, "--duration", "60"])
    os.set_blocking(terminal, False)

    def is_measured() -> bool:
        with suppress(BlockingIOError):  # somebody has to read what is drawn
            os.read(terminal, 65536)
        return measures(tmp_path)

    until(is_measured)
    os.close(terminal)  # the kernel sends SIGHUP to the session of the terminal
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    (partial,) = (tmp_path / "edgebench-runs").glob("*.partial/run.json")
    events = [event["what"] for event in json.loads(partial.read_text())["events"]]
    assert events[-1] == "interrupted by SIGHUP"


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not begin to measure")


@pytest.mark.parametrize("what", ["", "*.partial", "*.partial/performance"])
@pytest.mark.parametrize("how", ["remove", "move"])
def test_a_folder_that_goes_away_in_mid_run_is_said(tmp_path: Path, what: str, how: str) -> None:
    import shutil

    process = started(*LONG, "--duration", "120", until="SingleStream performance")
    out = tmp_path / "edgebench-runs"
    until(lambda: measures(tmp_path))
    (gone,) = out.glob(what) if what else [out]
    if how == "remove":
        shutil.rmtree(gone)
    else:
        gone.rename(tmp_path / "elsewhere")
    out_text, said = process.communicate(timeout=60)  # long before the test would have ended
    assert process.returncode == 1
    assert "was removed or moved while the run was writing to it" in said
    assert "Traceback" not in said + out_text
