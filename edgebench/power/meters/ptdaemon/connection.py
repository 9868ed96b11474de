"""Lines to PTDaemon and back, over TCP; no wait is without a deadline."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound

ANSWER_S = 5.0
MOST_LINE = 1 << 16


class PtdConnection(CloseOnExit):
    """A context manager: an open connection.

    Raises
    ------
    MeterNotFound
        If nothing listens there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self.address = f"{host}:{port}"
        self._connect()

    def _connect(self) -> None:
        self._left, self.is_stale = b"", False
        try:
            self._socket = socket.create_connection(self._place, ANSWER_S)
        except (UnicodeError, OverflowError) as error:
            raise MeterNotFound(
                f"ptdaemon: {self.address} is no address: its host is no name, or its port is "
                "above 65535"
            ) from error
        except OSError as error:
            raise MeterNotFound(
                f"ptdaemon: nothing listens at {self.address}: start PTDaemon there "
                f"({error.strerror or 'no answer'})"
            ) from error

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._socket.close()

    def again(self) -> None:
        """Hang up and call again: an answer that comes too late must not be taken for another.

        Raises
        ------
        MeterLost
            If nothing listens there any more.
        """
        self.close()
        try:
            self._connect()
        except MeterNotFound as error:
            raise MeterLost(str(error)) from error

    def ask(self, command: str) -> str:
        """Send a command; return the line that answers it.

        Raises
        ------
        MeterLost
            If none comes in time. ``is_stale`` then says that it may still come.
        """
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(f"{command}\r\n".encode("ascii"))
        except OSError as error:
            raise self._gone(command, error) from error
        return self.line(command)

    def line(self, command: str) -> str:
        """Return the next line of a command's answer; see `ask`."""
        end = time.monotonic() + ANSWER_S
        while b"\n" not in self._left:
            try:
                self._socket.settimeout(max(end - time.monotonic(), 0.001))
                more = self._socket.recv(MOST_LINE)
            except OSError as error:
                raise self._gone(command, error) from error
            if not more or len(self._left) > MOST_LINE:
                raise self._gone(command, ConnectionError("it hung up"))
            self._left += more
        line, _, self._left = self._left.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    def _gone(self, command: str, error: Exception) -> MeterLost:
        self.is_stale = True
        return MeterLost(
            f"ptdaemon: {self.address} does not answer `{command}` within {ANSWER_S:g} s: "
            f"{type(error).__name__} {error}"
        )
