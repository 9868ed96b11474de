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


AT_EXIT = "import atexit; atexit.register(send)"
AT_THE_LAST_OBJECT = """
class Last:
    def __del__(self, send=send):
        send()
last = Last()
"""
AT_RETURN = """
import sys
def sending(frame, event, _):
    if event == "return" and frame.f_code.co_name == "_code_of":
        sys.setprofile(None)
        send()
sys.setprofile(sending)
"""


def end_with(number: int, when: str, word: str) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process that sends itself a signal at a moment of its end."""
    program = (
        f"import os\ndef send(kill=os.kill, me=os.getpid()): kill(me, {int(number)})\n{when}\n"
        f"from edgebench.cli import main\nmain([{word!r}])"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize(("word", "code"), [("--version", 0), ("nothing", 2)])
def test_a_signal_after_a_command_s_end_changes_nothing(number: int, word: str, code: int) -> None:
    when = f"{AT_EXIT}\n{AT_THE_LAST_OBJECT}"
    done, undisturbed = (end_with(each, when, word) for each in (number, 0))
    assert done.returncode == undisturbed.returncode == code
    assert (done.stdout, done.stderr) == (undisturbed.stdout, undisturbed.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_at_the_moment_of_a_command_s_end_is_said(number: int) -> None:
    done = end_with(number, AT_RETURN, "--version")
    assert done.returncode == 128 + number
    assert "edgebench: Interrupted" in done.stderr
    assert "Traceback" not in done.stderr


AT_AN_IMPORT = """
import os, sys
class Sending:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, Sending())
sys.argv = ["edgebench", "--version"]
from edgebench.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGINT, "edgebench.cli"),
        (signal.SIGINT, "click"),
        (signal.SIGINT, "edgebench.cli.signals"),
        (signal.SIGTERM, "click"),
        (signal.SIGHUP, "click"),
    ],
)
def test_a_signal_while_a_command_starts_is_said(number: signal.Signals, name: str) -> None:
    program = AT_AN_IMPORT.format(name=name, number=int(number))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert done.stderr == f"\nedgebench: Interrupted{by} before it was finished\n"
    assert (done.returncode, done.stdout) == (128 + number, "")


IN_A_HOST = """
import signal
from edgebench.cli import main
def own(number, frame): print("rang", flush=True)
signal.signal(signal.SIGALRM, own)
signal.setitimer(signal.ITIMER_REAL, 3600)
try:
    main(["--version"])
except SystemExit as end:
    assert end.code == 0
assert signal.getsignal(signal.SIGALRM) is own
assert signal.getitimer(signal.ITIMER_REAL)[0] > 3000
signal.raise_signal(signal.SIGALRM)
"""


def test_a_host_s_own_alarm_is_its_own_again_after_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_HOST], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("rang\n")


def test_the_command_handles_signals_before_it_imports_anything_else() -> None:
    program = (
        "import sys; before = {*sys.modules}; import edgebench; own = {*sys.modules} - before\n"
        "import edgebench.__main__\n"
        "print(*sorted({*sys.modules} - before - own - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "edgebench.__main__",
        "edgebench.processes",
        "edgebench.processes.early_signals",
    ]


IN_A_TEST = """
from edgebench.harness.loadgen import test_runner
drops = [drop]
run_test = test_runner.run_test
def disturbed(*given):
    *others, tick = given
    def dropping():
        if drops:
            drops.pop()()
        tick()
    return run_test(*others, dropping)
test_runner.run_test = disturbed
from edgebench.cli import main
main(words)
"""
DROPPED_BY = {
    "the deletion of an object": """
class Dying:
    def __del__(self):
        send()
def drop():
    Dying()
""",
    "the callback of a weak reference": """
def drop():
    class Dying: pass
    reference = weakref.ref(Dying(), lambda _: send())
""",
    "a function that C calls": """
def drop():
    ctypes.CFUNCTYPE(None)(send)()
""",
    "deletions that take longer than until the next try": """
class Dying:
    def __del__(self):
        if not sent:
            send()
        end = time.monotonic() + 0.004
        while time.monotonic() < end:
            pass
def drop():
    [Dying() for _ in range(50)]
""",
}


@pytest.mark.parametrize(
    ("by", "number"),
    [
        *((by, signal.SIGINT) for by in DROPPED_BY),
        *(("a function that C calls", each) for each in (signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_a_signal_that_python_drops_ends_a_run_all_the_same(by: str, number: int) -> None:
    program = (
        "import ctypes, signal, time, weakref\nsent = []\n"
        f"def send():\n    sent.append(0)\n    signal.raise_signal({int(number)})\n"
        f"{DROPPED_BY[by]}\nwords = {[*LONG, '--duration', '60']!r}\n{IN_A_TEST}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=False
    )
    assert done.returncode == 128 + number, done.stderr
    assert done.stderr.count("What was measured is kept") == 1
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def test_what_else_python_drops_is_printed_as_usual() -> None:
    program = (
        "class Dying:\n    def __del__(self):\n        raise ValueError('of another')\n"
        "from edgebench import cli\ncli._code_of = lambda _: 0 if Dying() else 1\ncli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ValueError: of another" in done.stderr


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


def test_a_signal_while_the_handlers_are_given_back_changes_nothing() -> None:
    code = (
        "import signal, sys\n"
        "from edgebench.cli.signals import EndingSignals\n"
        "sent = []\n"
        "def send(frame, event, argument):\n"
        "    name = frame.f_code.co_name\n"
        "    if event == 'call' and name == '_int_to_enum' and len(sent) < 3:\n"
        "        sent.append(name)\n"
        "        signal.raise_signal(signal.SIGHUP)\n"
        "with EndingSignals() as signals:\n"
        "    sys.setprofile(send)\n"
        "    signals.finish()\n"
        "    sys.setprofile(None)\n"
        "print(len(sent), signals.exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 None\n"
