"""A folder is one process's at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgebench.errors import EdgebenchError, RunDirectoryBusy
from edgebench.files.lock import held

HOLDER = (
    "import sys, time; from pathlib import Path\n"
    "from edgebench.errors import RunDirectoryBusy; from edgebench.files.lock import held\n"
    "with held(Path(sys.argv[1]), RunDirectoryBusy):\n"
    "    print('held', flush=True); time.sleep(60)"
)


@contextmanager
def other_process(lock: Path) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def test_it_is_refused_while_another_process_holds_it_with_its_number(tmp_path: Path) -> None:
    lock = tmp_path / "made" / ".lock"
    with other_process(lock) as pid:
        for _ in range(2):  # who asks must not write over whose it is
            refused = pytest.raises(RunDirectoryBusy, match=f"^process {pid}$")
            with refused, held(lock, RunDirectoryBusy):
                pass
    with held(lock, RunDirectoryBusy):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_it_ends_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with other_process(lock) as pid:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with held(lock, RunDirectoryBusy):
            pass


def test_it_is_refused_twice_in_one_process_too(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with held(lock, RunDirectoryBusy):
        for _ in range(2):
            refused = pytest.raises(RunDirectoryBusy, match=f"process {os.getpid()}")
            with refused, held(lock, RunDirectoryBusy):
                pass


def test_it_is_free_after_a_block_that_failed(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with pytest.raises(ZeroDivisionError), held(lock, RunDirectoryBusy):
        raise ZeroDivisionError
    with held(lock, RunDirectoryBusy):
        pass


def test_a_folder_that_cannot_be_made_is_one_clear_error() -> None:
    with (
        pytest.raises(EdgebenchError, match=r"/dev/null.*can't be written: Not a directory") as one,
        held(Path("/dev/null/below/.lock"), RunDirectoryBusy),
    ):
        pass
    assert not isinstance(one.value, RunDirectoryBusy)
