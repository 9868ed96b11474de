"""The farm's workers as processes of this machine."""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from edgebench.device.child import end
from edgebench.errors import EdgebenchError
from edgebench.farm.jobs import Job, folder_name
from edgebench.farm.labgrid import Labgrid
from edgebench.farm.messages import Message, job_to_line, parse_message
from edgebench.farm.plan import Target

logger = logging.getLogger(__name__)

STOP_S = 15.0


class Processes:
    """See `edgebench.farm.scheduler.Workers`; what workers print on stderr goes to ``logs``."""

    def __init__(self, labgrid: Labgrid | None, logs: Path) -> None:
        self._labgrid, self._logs = labgrid, logs
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._targets: dict[str, Target] = {}
        self._rest: dict[str, bytes] = {}

    @property
    def identity(self) -> str:
        """Who we are to labgrid."""
        return "" if self._labgrid is None else self._labgrid.identity

    def start(self, target: Target) -> None:
        """Start a target's worker."""
        self._logs.mkdir(parents=True, exist_ok=True)
        labgrid = None if self._labgrid is None else asdict(self._labgrid)
        with (self._logs / f"{folder_name(target.name)}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "edgebench.farm.worker",
                    json.dumps(asdict(target)),
                    json.dumps(labgrid),
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

    def tell(self, target: str, job: Job, out: Path) -> None:
        """Give a worker a job."""
        stdin = self._running[target].stdin
        if stdin is not None:
            with suppress(OSError):  # it has died: its end is heard next
                stdin.write(job_to_line(job, str(out)).encode() + b"\n")
                stdin.flush()

    def stop(self, target: str) -> None:
        """End a worker; one that does not come to its end is killed, and its place released."""
        process = self._running.pop(target, None)
        if process is None:
            return
        if process.stdout is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(process.stdout)
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        if process.poll() is None:
            process.terminate()
        end(process, STOP_S)
        logger.info("%s: worker %d ended with %s", target, process.pid, process.returncode)
        self._release(self._targets[target])

    def _release(self, target: Target) -> None:
        """Make sure that a place is let go: a worker that was killed could not."""
        if target.kind == "place" and self._labgrid is not None:
            with suppress(EdgebenchError):
                if self._labgrid.holds(target.where):
                    self._labgrid.release(target.where)

    def heard(self, timeout_s: float) -> Iterator[tuple[str, Message | None]]:
        """Wait for workers, and yield what they say."""
        if not self._running:
            # Nothing to listen to: what is waited for is time.
            self._selector.select(min(timeout_s, 1.0))
            return
        for key, _ in self._selector.select(timeout_s):
            name = str(key.data)
            if name not in self._running:
                continue  # stopped since
            data = os.read(key.fd, 1 << 16)
            if not data:
                logger.warning("%s: its worker has closed its output", name)
                yield name, None
                continue
            *lines, self._rest[name] = (self._rest[name] + data).split(b"\n")
            for line in lines:
                message = parse_message(line.decode("utf-8", "replace"))
                logger.debug("%s: %s", name, message or repr(line))
                if message is not None:
                    yield name, message

    def power_cycle(self, target: Target) -> str:
        """Switch a place's board off and on."""
        if target.kind != "place" or self._labgrid is None:
            return "it has no switch that is known here"
        try:
            self._labgrid.power_cycle(target.where)
        except EdgebenchError as error:
            return str(error)
        return ""
