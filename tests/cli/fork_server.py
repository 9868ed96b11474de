"""A process with one thread that has imported edgebench, and forks to run a module as ``-m`` does.

    python -m tests.cli.fork_server DESCRIPTOR

Imports, and calls nothing: what a command reads from its environment or finds on its path is then
its own. It takes requests from a socket (tests/cli/forked.py has the other end), several at once,
and ends when that is closed.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import edgebench.cli  # before numpy, which would start threads

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
MESSAGE_BYTES = 1 << 18
READY = b"ready"
STANDARD = (0, 1, 2)
SET_BY_CLI = {"OPENBLAS_NUM_THREADS": "1"}
"""What `edgebench.cli` adds to its environment as it is imported; what a command starts has it."""


@dataclass(frozen=True)
class Job:
    """What a fork is to run: a module, its arguments, and the environment and folder for it."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    descriptors: tuple[int, ...]

    @classmethod
    def read(cls, message: bytes, descriptors: Iterable[int]) -> Job:
        """Return what a message asks for; the descriptors come to be the standard ones."""
        return cls(**json.loads(message), descriptors=tuple(descriptors))

    def run(self) -> None:
        """Become a process that ``python -m`` has started."""
        for descriptor, standard in zip(self.descriptors, STANDARD, strict=True):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for name, value in SET_BY_CLI.items():
            os.environ.setdefault(name, value)
        sys.path[0] = str(Path.cwd())
        sys.argv[1:] = self.arguments
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


def modules() -> Iterator[str]:
    """Yield edgebench's modules, without programs and what brings TensorFlow with its threads."""
    for module in pkgutil.walk_packages(edgebench.__path__, "edgebench."):
        if not module.name.endswith("__main__") and "training" not in module.name.split("."):
            yield module.name


def prepare() -> None:
    """Import what commands need.

    Raises
    ------
    AssertionError
        If one of these modules started a thread, of which a fork has none, or set another variable.
    """
    before = dict(os.environ)
    for module in modules():
        import_module(module)
    for module in RUNTIMES:
        with suppress(ImportError):  # one environment has one of them
            import_module(module)
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    assert dict(os.environ) == before
    gc.freeze()  # a fork's collections touch, and so copy, none of its memory


class Server:
    """Forks for each request, and says on the request's own socket what becomes of the fork.

    That is the process's number at once, and its exit code, or a signal's number below 0, when it
    has ended.
    """

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._running: dict[int, tuple[int, socket.socket]] = {}
        self._poll = select.poll()
        self._poll.register(requests, select.POLLIN)

    def serve(self) -> Job | None:
        """Return a fork's job in the fork, and None in the server when there are no more."""
        self._requests.send(READY)
        while True:
            for ready, _ in self._poll.poll():
                if ready in self._running:
                    self._ended(ready)
                    continue
                message, descriptors, *_ = socket.recv_fds(self._requests, MESSAGE_BYTES, 4)
                if not message:
                    self._kill()
                    return None
                job = self._begun(Job.read(message, descriptors[1:]), descriptors[0])
                if job is not None:
                    return job

    def _begun(self, job: Job, answering: int) -> Job | None:
        """Fork; return the job in the fork."""
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            self._requests.close()
            os.close(answering)
            for descriptor, (_, answers) in self._running.items():
                os.close(descriptor)
                answers.close()
            return job
        with suppress(OSError):  # it has done so itself
            os.setpgid(child, child)
        for descriptor in job.descriptors:
            os.close(descriptor)
        answers = socket.socket(fileno=answering)
        _answer(answers, child)
        ended = os.pidfd_open(child)
        self._running[ended] = (child, answers)
        self._poll.register(ended, select.POLLIN)
        return None

    def _ended(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        os.close(descriptor)
        child, answers = self._running.pop(descriptor)
        _, status = os.waitpid(child, 0)
        _answer(answers, os.waitstatus_to_exitcode(status))
        answers.close()

    def _kill(self) -> None:
        for child, _ in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


def _answer(answers: socket.socket, number: int) -> None:
    with suppress(OSError):  # who asked has gone
        answers.send(f"{number}".encode())


def main(descriptor: int) -> None:
    """Serve; in a fork, run its job, and end as Python ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    prepare()
    job = Server(socket.socket(fileno=descriptor)).serve()
    if job is not None:
        job.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
