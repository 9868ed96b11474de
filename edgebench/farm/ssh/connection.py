"""Run scripts on a machine over the system's ssh, with the user's keys and known_hosts."""

from __future__ import annotations

import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import IO, TypeVar, cast

from edgebench.errors import DeviceLost, RuntimeMissing, SutFailed
from edgebench.farm.planning.targets import SshTarget
from edgebench.farm.ssh.frame import Frame, FramedOutput, OutputCut, OutputTooLong
from edgebench.processes.programs import OutputTail, kill_session

logger = logging.getLogger(__name__)

T = TypeVar("T")
CONNECT_S = 10
CALL_S = 60.0
POLL_S = 1.0
AWAY_S = 600.0
"""A network that is away for longer ends the job."""
OUTPUT_BYTES = 1 << 24
ERRORS_S = 5.0
"""A process that ssh has left behind, such as a shared connection, may keep its errors open."""


class ConnectionLost(DeviceLost):
    """A machine does not answer, or not to the end."""


class Connection:
    """Scripts on a machine, each in a connection of its own; a script is a POSIX shell's."""

    def __init__(self, target: SshTarget) -> None:
        self._target = target

    @property
    def where(self) -> str:
        """The machine, as ssh names it."""
        return self._target.ssh

    def call(self, script: str, data: bytes = b"", timeout_s: float = CALL_S) -> bytes:
        """Run a script with ``data`` as its input, and return its output.

        Raises
        ------
        ConnectionLost
            If the machine does not answer, or not to the end.
        SutFailed
            If the script fails, or has more than 16 MiB of output.
        RuntimeMissing
            If there is no ssh here.
        """
        with self.running(script, data, timeout_s, OUTPUT_BYTES) as output:
            return output.read()

    def patient(self, script: str) -> bytes:
        """Call a script that may run twice, again and again while the network is away."""
        return patiently(lambda: self.call(script))

    @contextmanager
    def running(
        self, script: str, data: bytes, timeout_s: float, most_bytes: int
    ) -> Iterator[FramedOutput]:
        """Run a script whose output is read inside the block; raises as `call` at its end."""
        logger.debug("%s: %s", self.where, script)
        frame = Frame()
        with tempfile.TemporaryFile() as stdin:
            stdin.write(data)
            stdin.seek(0)
            process = self._started(frame.framed(script), stdin)
        stdout = cast(BufferedReader, process.stdout)
        errors = OutputTail(cast(BufferedReader, process.stderr))
        late = threading.Event()
        watchdog = threading.Timer(timeout_s, _end_late, (process, late))
        watchdog.start()
        try:
            output = FramedOutput(stdout, frame, most_bytes)
            yield output
            output.read(1)  # past the end mark
            code = output.code
        except OutputTooLong as error:
            raise SutFailed(f"{self.where} sends more output than is taken here") from error
        except OutputCut as cut:
            process.wait()
            why = self._why_cut(cut, errors.last_line(ERRORS_S), late=late.is_set())
            raise ConnectionLost(why) from cut
        finally:
            watchdog.cancel()
            kill_session(process.pid)
            process.wait()
            said = errors.last_line(ERRORS_S)
            stdout.close()
        logger.debug("%s: exit code %s, %r", self.where, code, said)
        if code:
            raise SutFailed(f"{self.where}: {said or f'exit code {code}'}")

    def _started(self, command: str, stdin: IO[bytes]) -> subprocess.Popen[bytes]:
        config = ["-F", self._target.ssh_config] if self._target.ssh_config else []
        options = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_S}"]
        try:
            return subprocess.Popen(
                ["ssh", *config, *options, "--", self.where, command],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # what a ProxyCommand starts ends with it
            )
        except OSError as error:
            raise RuntimeMissing(f"ssh can't be run: {error.strerror}") from error

    def _why_cut(self, cut: OutputCut, error: str, *, late: bool) -> str:
        if late:
            return f"{self.where} does not answer over ssh"
        if error:
            return f"{self.where}: {error}"
        if cut.began:
            return f"{self.where}: the connection was cut"
        said = f", after {cut.said!r}" if cut.said else ""
        return f"{self.where}: its shell ended before it ran a command{said}"


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    kill_session(process.pid)


def patiently(step: Callable[[], T]) -> T:
    """Do what may be done twice, again and again while the network is away."""
    end = time.monotonic() + AWAY_S
    while True:
        try:
            return step()
        except ConnectionLost as error:
            logger.warning("%s; tried again", error)
            if time.monotonic() > end:
                raise
        time.sleep(POLL_S)
