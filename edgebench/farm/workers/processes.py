"""The farm's workers as processes of this machine."""

from __future__ import annotations

import logging
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from edgebench.errors import EdgebenchError
from edgebench.farm.labgrid.client import Labgrid
from edgebench.farm.planning.jobs import Job, folder_name
from edgebench.farm.planning.targets import TARGETS, PlaceTarget, Target
from edgebench.farm.workers.messages import (
    Died,
    Message,
    Order,
    Stopped,
    order_to_line,
    parse_message,
)
from edgebench.processes.child import end
from edgebench.text.json_text import json_text
from edgebench.text.typed_json import unstructure

logger = logging.getLogger(__name__)

STOP_S = 15.0
ENDING_S = 1.0
LAST_BYTES = 2000
STOPPING_AT_ONCE = 8
"""A power cycle takes seconds, and each under way a helper of labgrid's: so many at a time."""


class Processes:
    """The `Workers` of a scheduler; what workers print on stderr goes to ``logs``."""

    def __init__(self, labgrid: Labgrid | None, logs: Path) -> None:
        self._labgrid, self._logs = labgrid, logs
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._targets: dict[str, Target] = {}
        self._rest: dict[str, bytes] = {}
        self._log_starts: dict[str, int] = {}
        self._stopping = ThreadPoolExecutor(STOPPING_AT_ONCE, thread_name_prefix="stop")
        self._stopped: SimpleQueue[tuple[str, Future[str]]] = SimpleQueue()
        self._wake_reader, self._wake_writer = os.pipe()
        self._selector.register(self._wake_reader, selectors.EVENT_READ)

    @property
    def identity(self) -> str:
        """Who we are to labgrid."""
        return "" if self._labgrid is None else self._labgrid.identity

    def start(self, target: Target) -> None:
        """Start a target's worker."""
        self._logs.mkdir(parents=True, exist_ok=True)
        labgrid = None if self._labgrid is None else unstructure(self._labgrid)
        with self._log(target.name).open("ab") as log:
            self._log_starts[target.name] = log.tell()
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "edgebench.farm.workers.worker",
                    json_text(TARGETS.plain(target), None),
                    json_text(labgrid, None),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C in a terminal is for the scheduler alone.
                start_new_session=True,
            )
        logger.info("%s: worker %d started", target.name, process.pid)
        self._running[target.name] = process
        self._targets[target.name] = target
        self._rest[target.name] = b""
        if process.stdout is not None:
            self._selector.register(process.stdout, selectors.EVENT_READ, target.name)

    def _log(self, target: str) -> Path:
        return self._logs / f"{folder_name(target)}.log"

    def _how_ended(self, target: str) -> str:
        """Say how a worker has ended that has closed its output."""
        try:
            code = self._running[target].wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        if code < 0:
            return f"signal {-code}"
        with self._log(target).open("rb") as log:
            end_of_log = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_starts[target], end_of_log - LAST_BYTES))
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        return f"exit code {code}: {lines[-1].strip() if lines else 'no output'}"

    def assign(self, target: str, job: Job, out: Path) -> None:
        """Give a worker a job."""
        stdin = self._running[target].stdin
        if stdin is not None:
            with suppress(OSError):  # it has died: its end comes next
                stdin.write(order_to_line(Order(job, str(out))).encode() + b"\n")
                stdin.flush()

    def stop(self, target: str, *, power_cycle: bool = False) -> None:
        """Begin to end a worker; one that does not end is killed, and its place released."""
        process = self._running.pop(target, None)
        if process is None:
            return
        if process.stdout is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(process.stdout)
        future = self._stopping.submit(
            self._wind_down, self._targets[target], process, power_cycle=power_cycle
        )
        future.add_done_callback(lambda done: self._wound_down(target, done))

    def _wind_down(
        self, target: Target, process: subprocess.Popen[bytes], *, power_cycle: bool
    ) -> str:
        """End a worker, in a thread; return why its board was not power cycled."""
        why_not = self._power_cycle(target) if power_cycle else ""
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        if process.poll() is None:
            process.terminate()
        end(process, STOP_S)
        logger.info("%s: worker %d ended with %s", target.name, process.pid, process.returncode)
        self._release(target)
        return why_not

    def _wound_down(self, target: str, done: Future[str]) -> None:
        self._stopped.put((target, done))
        os.write(self._wake_writer, b".")

    def _power_cycle(self, target: Target) -> str:
        """Switch a place's board off and on; return why that was not done, empty if it was."""
        if not isinstance(target, PlaceTarget) or self._labgrid is None:
            return "no switch is known for it"
        try:
            self._labgrid.power_cycle(target.place)
        except EdgebenchError as error:
            return str(error)
        return ""

    def _release(self, target: Target) -> None:
        """Make sure that a place is let go: a worker that was killed could not."""
        if isinstance(target, PlaceTarget) and self._labgrid is not None:
            with suppress(EdgebenchError):
                if self._labgrid.holds(target.place):
                    self._labgrid.release(target.place)

    def messages(self, timeout_s: float) -> Iterator[tuple[str, Message]]:
        """Wait for workers, and yield what they say."""
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                os.read(key.fd, 1 << 16)
                while not self._stopped.empty():
                    name, done = self._stopped.get()
                    yield name, Stopped(done.result())
            elif key.data in self._running:  # not stopped since
                yield from self._said_by(str(key.data), key.fd)

    def _said_by(self, name: str, output: int) -> Iterator[tuple[str, Message]]:
        data = os.read(output, 1 << 16)
        if not data:
            logger.warning("%s: its worker has closed its output", name)
            yield name, Died(self._how_ended(name))
            return
        *lines, self._rest[name] = (self._rest[name] + data).split(b"\n")
        for line in lines:
            message = parse_message(line.decode("utf-8", "replace"))
            logger.debug("%s: %s", name, message or repr(line))
            if message is not None:
                yield name, message

    def close(self) -> None:
        """End every worker that is left, and wait for it."""
        for name in list(self._running):
            self.stop(name)
        self._stopping.shutdown(wait=True)
        self._selector.close()
        for descriptor in (self._wake_reader, self._wake_writer):
            os.close(descriptor)
