"""Signals when Python may lose them: at a command's start and end, and inside a callback."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.cli.processes.test_signals import LONG, folder

__all__ = ["folder"]

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
