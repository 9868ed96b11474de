"""Run another program and keep what it prints."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from edgebench.errors import ProgramFailed

TAIL_BYTES = 1 << 16
_NO_MORE = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
"""What is no fault of the program that was to be started."""


def captured(
    command: Sequence[str],
    timeout_s: float,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without input; return its exit code and what it printed.

    It is in a session of its own: what it has started, as a compiler's parts, ends with it when it
    is late or something is raised meanwhile. Bytes that are no text are replaced: a compiler quotes
    source, an instrument may print anything.

    Raises
    ------
    ProgramFailed
        If it can't be started, or has not ended in time; it is killed then.
    OSError
        If this process may start no more programs.
    """
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=cwd,
            env=env,
            start_new_session=True,
        ) as process:
            try:
                said, complained = process.communicate(timeout=timeout_s)
            except BaseException:  # Ctrl-C as well
                kill_session(process.pid)
                raise
        return subprocess.CompletedProcess(command, process.returncode, said, complained)
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"{command[0]} has not ended after {timeout_s:g} s") from error
    except OSError as error:
        if error.errno in _NO_MORE:
            raise
        # Of a folder that is missing the error has the folder's name.
        where = f" in {cwd}" if cwd is not None and str(error.filename) == str(cwd) else ""
        raise ProgramFailed(f"{command[0]} can't be run{where}: {error.strerror}") from error


def kill_session(leader: int) -> None:
    """Kill a program that leads a session, and what it has started there."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class OutputTail(threading.Thread):
    """Reads what a program prints to its end, so that it never waits, and keeps the last of it.

    Parameters
    ----------
    stream
        The program's output or errors; closed at its end.
    most_bytes
        How much of it is kept.
    before
        What was read of it already.
    """

    def __init__(
        self, stream: BufferedReader, most_bytes: int = TAIL_BYTES, before: bytes = b""
    ) -> None:
        super().__init__(name="output-tail", daemon=True)
        self._stream, self._most_bytes, self._kept = stream, most_bytes, before[-most_bytes:]
        self.start()

    def run(self) -> None:
        """Read until the stream ends."""
        with self._stream:
            while chunk := self._stream.read1(TAIL_BYTES):
                self._kept = (self._kept + chunk)[-self._most_bytes :]

    def last_bytes(self, wait_s: float) -> bytes:
        """Return the last of what was printed; a stream that ends is waited for so long."""
        self.join(wait_s)
        return self._kept

    def last_line(self, wait_s: float | None = None) -> str:
        """Return the last line that is not empty, once the stream has ended or after a wait."""
        self.join(wait_s)
        lines = self._kept.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""
