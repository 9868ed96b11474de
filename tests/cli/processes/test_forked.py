"""Commands in forks end as commands in processes of their own do."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from edgebench.rundir.layout import SET_ASIDE
from tests.cli.call import process
from tests.cli.forked import Start, fork_server
from tests.conftest import ROOT, waited

OUT = "out"
RUN = (
    *("run", "--scenario", "singlestream", "--mode", "performance"),
    *("--duration", "0.2", "--warmup", "0.05"),
)
SAYS_ALL = """
import edgebench.cli
import os, signal, sys, threading
print(sys.argv, sys.path, __name__, os.getcwd(), sys.stdin.read(), sorted(os.environ.items()))
print(threading.enumerate() == [threading.main_thread()], signal.getsignal(signal.SIGINT))
print([str(each) for each in (sys.stdin, sys.stdout, sys.stderr)], sys.stdout.line_buffering)
print(sorted(os.listdir("/proc/self/fd"))[:3], file=sys.stderr)
import atexit
atexit.register(print, "at the end", file=sys.stderr)
sys.exit({code})
"""


def forked(module: str, *words: str, **options: float) -> subprocess.CompletedProcess[str]:
    return fork_server().run(module, words, os.environ, errors="replace", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words",
    [
        ("list", "boards"),
        ("show", "nothing"),
        ("nothing",),
        ("--version",),
        ("show", "kws-ds-cnn", "--json"),
        ("run", "--duration", "x"),
        ("summary", "/dev/null", "-vv"),
    ],
)
def test_a_command_in_a_fork_ends_as_in_a_process(words: tuple[str, ...]) -> None:
    env = {**os.environ, "COLUMNS": "80"}
    alone = process([*words], env)
    done = fork_server().run("edgebench", words, env)
    assert (done.args, done.returncode) == (alone.args, alone.returncode)
    assert (done.stdout, no_time(done.stderr)) == (alone.stdout, no_time(alone.stderr))


def no_time(log: str) -> str:
    """Return a log without the times of its lines."""
    return re.sub(r"(?m)^[\dT:.-]{23} ", "", log)


def test_a_run_in_a_fork_gives_the_files_and_table_of_a_process(tmp_path: Path) -> None:
    server = fork_server()
    files = []
    for name in ("fork", "process"):
        folder = tmp_path / name
        folder.mkdir()
        words = [*RUN, "--out", OUT]
        if name == "fork":
            done = server.run("edgebench", words, os.environ, folder=folder)
        else:
            done = process(words, os.environ, folder=folder)
        assert done.returncode == 0, done.stderr
        for said in ("kws-ds-cnn int8 on litert", "SingleStream", "p99", f"directory: {OUT}/"):
            assert said in done.stdout
        assert "warming up" in done.stderr
        (made,) = (folder / OUT).glob("*/run.json")
        # A test that ran out of queries is repeated, and the first try set aside: that is chance.
        there = (str(each.relative_to(made.parent)) for each in made.parent.rglob("*"))
        files.append(sorted(each for each in there if not each.startswith(SET_ASIDE)))
    assert files[0] == files[1]


@pytest.mark.parametrize("code", ["0", "3", "None", "'said'"])
def test_a_fork_has_all_that_a_process_has(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "saying.py").write_text(SAYS_ALL.format(code=code))
    monkeypatch.setenv("SAID", "\udcff")
    alone = subprocess.run(
        [sys.executable, "-m", "saying", "a", "\udcff"],
        input="given\n",
        env=os.environ,  # as it is for Python: readline, in C, adds to it
        capture_output=True,
        text=True,
        check=False,
    )
    server = fork_server()
    done = server.run("saying", ("a", "\udcff"), os.environ, given="given\n")
    assert vars(done) == vars(alone)
    assert "'SAID'" in done.stdout


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("import signal; signal.raise_signal(signal.SIGSEGV)", -11, ""),
        ("raise KeyError('x')", 1, "KeyError: 'x'"),
        ("import os; os.write(2, b'\\xff'); os._exit(7)", 7, "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_bad_end_is_seen(body: str, code: int, says: str, tmp_path: Path) -> None:
    (tmp_path / "ending.py").write_text(body)
    done = forked("ending")
    assert done.returncode == code
    assert says in done.stderr


@pytest.mark.parametrize(
    "body",
    [
        "import time; time.sleep(600)",
        "import subprocess; subprocess.run(['sleep', '600'])",
        # It has ended, and left somebody who holds its standard output.
        "import subprocess; subprocess.Popen(['sleep', '600'])",
        # As well where nothing is to be read any more.
        "import os, time; [os.close(each) for each in (1, 2)]; time.sleep(600)",
    ],
)
def test_what_does_not_end_is_killed_with_all_that_it_has_started(
    body: str, tmp_path: Path
) -> None:
    group = tmp_path / "group"
    (tmp_path / "ending.py").write_text(
        f"import os; open('{group}', 'w').write(f'{{os.getpid()}}')\n{body}"
    )
    limit_s = 1.0
    while True:
        with pytest.raises(subprocess.TimeoutExpired):
            forked("ending", limit_s=limit_s)
        if group.exists() and group.read_text():
            break
        limit_s *= 2  # a busy machine
    waited(lambda: not _running(group.read_text()))


def _running(group: str) -> list[str]:
    """Return the states of a group's processes that have not ended."""
    states = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has gone
            # After its name, which is in brackets.
            state, _, number = each.read_text(errors="replace").rpartition(")")[2].split()[:3]
            states += [state] * (number == group and state not in "ZX")
    return states


def test_two_commands_run_at_once(tmp_path: Path) -> None:
    # The first ends after the second, which it waits for.
    (tmp_path / "waiting.py").write_text("open('fifo').read()")
    (tmp_path / "ending.py").write_text("open('fifo', 'w').close()")
    os.mkfifo("fifo")
    with ThreadPoolExecutor() as pool:
        ends = [pool.submit(forked, module) for module in ("waiting", "ending")]
    assert [each.result().returncode for each in ends] == [0, 0]


@pytest.mark.parametrize("name", ["PYTHONPATH", "LC_ALL", "OPENBLAS_NUM_THREADS", "LD_PRELOAD"])
def test_what_is_read_at_the_start_of_a_process_asks_for_one(name: str) -> None:
    assert Start.of({**os.environ, "COLUMNS": "9"}) == fork_server().start
    assert Start.of({**os.environ, name: "other"}) != fork_server().start


def test_the_server_ends_with_its_process() -> None:
    program = """
import os, signal
from tests.cli.forked import ForkServer
server = ForkServer()
print(server.process_id, flush=True)
input()
os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdin is not None and owner.stdout is not None
        server = os.pidfd_open(int(owner.stdout.readline()))
        owner.stdin.write("\n")
    assert owner.returncode == -signal.SIGKILL
    poll = select.poll()
    poll.register(server, select.POLLIN)
    assert poll.poll(300_000)
    os.close(server)


def test_damaged_models_end_well_in_every_command() -> None:
    models = ("kws-ds-cnn:int8", "digits-resnet8:float32", "rm1-edge:int4-tables")
    done = subprocess.run(
        [sys.executable, "benchmarks/mutated_models.py", "--mutations", "3", "--models", *models],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^9 damaged models, 54 commands .*: 0 faults$", done.stdout, re.MULTILINE)
