"""Run modules, as ``python -m`` does, in forks of a process that has imported edgebench.

A start of Python with what a command needs takes half a second of a processor, a fork some
milliseconds.
"""

from __future__ import annotations

import atexit
import json
import locale
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from tests.cli.fork_server import READY

ROOT = Path(__file__).parents[2]
AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "MALLOC_", "GLIBC_", "OPENBLAS_", "OMP_", "TF_")
"""How the names of variables begin that Python, or a library as it is loaded, reads once."""
LIMITS = tuple(number for name, number in vars(resource).items() if name.startswith("RLIMIT_"))
PIPE_BYTES = 1 << 16
"""What a pipe takes before anybody reads."""
BEFORE_TESTS = dict(os.environ)
"""The server's; with what `edgebench.cli`, which is imported above, has added to this process's."""


@dataclass(frozen=True)
class Start:
    """What a process has from its start on, and a fork from its server's."""

    variables: frozenset[tuple[str, str]]
    processors: frozenset[int]
    limits: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return what a process has that this one starts with an environment."""
        return cls(
            frozenset(each for each in environment.items() if each[0].startswith(AT_START)),
            frozenset(os.sched_getaffinity(0)),
            tuple(map(resource.getrlimit, LIMITS)),
        )


class ForkServer:
    """The process that forks: it ends when this object is closed, and when its process ends."""

    def __init__(self) -> None:
        self.start = Start.of(BEFORE_TESTS)
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.fork_server", f"{theirs.fileno()}"],
                cwd=ROOT,
                env=BEFORE_TESTS,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        if self._requests.recv(len(READY)) != READY:
            raise self._failed()

    @property
    def process_id(self) -> int:
        """The server's number."""
        return self._process.pid

    def close(self) -> None:
        """End the server, and what it has forked."""
        self._requests.close()
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def run(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: str | Path = ".",
        given: str | None = None,
        limit_s: float = 300,
        errors: str = "strict",
    ) -> subprocess.CompletedProcess[str]:
        """Run a module in a fork, in a process group of its own.

        Parameters
        ----------
        given
            Its standard input; otherwise it has this process's.
        errors
            What becomes of bytes that are no text.

        Raises
        ------
        subprocess.TimeoutExpired
            If it, or what it has started, has not ended in time; all of it has been killed.
        """
        deadline = time.monotonic() + limit_s
        command = [sys.executable, "-m", module, *arguments]
        with ExitStack() as stack:
            streams, theirs = zip(*(os.pipe() for _ in range(2)), strict=True)
            files = [stack.enter_context(os.fdopen(each, "rb", 0)) for each in streams]
            answers, answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.enter_context(answers)
            standard_input = _input(given)
            passed = [answering.fileno(), standard_input, *theirs]
            job = {
                "module": module,
                "arguments": list(arguments),
                "environment": dict(environment),
                "folder": str(Path.cwd() / folder),
            }
            socket.send_fds(self._requests, [json.dumps(job).encode()], passed)
            answering.close()
            for each in passed[1:]:
                os.close(each)
            child = self._number(answers)
            try:
                texts = _read([each.fileno() for each in files], deadline)
                answers.settimeout(max(deadline - time.monotonic(), 0.001))
                code = self._number(answers)
            except TimeoutError as late:
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
                answers.settimeout(None)
                self._number(answers)
                raise subprocess.TimeoutExpired(command, limit_s) from late
        out, error = (_text(each, errors) for each in texts)
        return subprocess.CompletedProcess(command, code, out, error)

    def _number(self, answers: socket.socket) -> int:
        answer = answers.recv(32)
        if not answer:
            raise self._failed()
        return int(answer)

    def _failed(self) -> AssertionError:
        self._process.kill()
        _, error = self._process.communicate()
        return AssertionError(f"the server of forks has ended: {error.decode(errors='replace')}")


@cache
def fork_server() -> ForkServer:
    """Return this process's server: it is started when it is first needed."""
    server = ForkServer()
    atexit.register(server.close)
    return server


def _input(given: str | None) -> int:
    """Return a descriptor to read from."""
    if given is None:
        return os.dup(0)
    content = given.encode()
    assert len(content) <= PIPE_BYTES, "what is given to a command must fit a pipe"
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


def _read(descriptors: Sequence[int], deadline: float) -> list[bytes]:
    """Read pipes to their ends."""
    found = {each: bytearray() for each in descriptors}
    with selectors.DefaultSelector() as selector:
        for each in descriptors:
            selector.register(each, selectors.EVENT_READ)
        while selector.get_map():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            for key, _ in selector.select(left_s):
                content = os.read(key.fd, PIPE_BYTES)
                found[key.fd] += content
                if not content:
                    selector.unregister(key.fd)
    return [bytes(each) for each in found.values()]


def _text(content: bytes, errors: str) -> str:
    """Return what `subprocess` makes of bytes."""
    text = content.decode(locale.getpreferredencoding(False), errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")
