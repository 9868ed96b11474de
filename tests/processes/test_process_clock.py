"""A clock that stands while a program waits for a processor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgebench.processes.process_clock import SLOWEST, ProcessClock, processor_ns
from tests.conftest import waited

S = 1_000_000_000
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's clocks")


class Host:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_ns = 5 * S

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A program that computes until it is stopped, and has computed for a while."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    waited(lambda: (processor_ns(process.pid) or 0) > S // 20, 300)
    os.kill(process.pid, signal.SIGSTOP)
    waited(lambda: _state(process.pid) == "T", 300)
    yield process
    process.kill()
    process.wait()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@linux
def test_it_stands_while_the_program_does_not_run(busy: subprocess.Popen[bytes]) -> None:
    host = Host()
    clock = ProcessClock(busy.pid, host)
    spent = processor_ns(busy.pid)
    assert spent is not None
    host.now_ns += 2 * spent
    assert clock() == spent
    host.now_ns += spent
    assert clock() == spent


@linux
def test_it_is_never_ahead_of_the_host_s_and_never_much_slower(
    busy: subprocess.Popen[bytes],
) -> None:
    host = Host()
    clock = ProcessClock(busy.pid, host)
    assert clock() == 0
    host.now_ns += 7
    assert clock() == 7
    host.now_ns += 1_000 * SLOWEST * S - 7
    assert clock() == 1_000 * S


def test_it_is_the_host_s_once_the_program_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    host = Host()
    clock = ProcessClock(process.pid, host)
    host.now_ns += 3 * S
    assert clock() == 3 * S
