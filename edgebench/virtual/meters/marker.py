"""The wire from a device's marker pin to a meter that is played."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit

VARIABLE = "EDGEBENCH_MARKER"
"""Names a datagram socket: whoever emulates a device sends it the host's time of each pulse."""


def wire_name() -> Path:
    """Return the name of a wire that nothing else uses.

    It lies in no folder, so that a process that is killed leaves nothing behind.
    """
    return Path(f"@edgebench-marker-{uuid4().hex}")


def socket_address(wire: Path) -> str:
    """Return a wire's name as sockets take it: with ``@`` in front it is an abstract one."""
    name = str(wire)
    return f"\0{name[1:]}" if name.startswith("@") else name


class Marker(CloseOnExit):
    """A context manager: the wire's end; or marks at fixed times, of which everybody knows.

    Parameters
    ----------
    every_s
        Marks at each multiple of this of the host's clock; 0 for those that come by the socket.
    path
        Of the socket, or a `wire_name`; None for no wire.
    """

    def __init__(self, every_s: float = 0.0, path: Path | None = None) -> None:
        self._every_ns = round(every_s * 1e9)
        self._path = path
        self._last_ns = now_ns()
        self._waiting: list[int] = []
        self._socket: socket.socket | None = None
        if path is not None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.bind(socket_address(path))
            self._socket.setblocking(False)

    def close(self) -> None:
        """Pull the wire."""
        if self._socket is not None:
            self._socket.close()
        if self._path is not None and not str(self._path).startswith("@"):
            self._path.unlink(missing_ok=True)

    def take(self, end_ns: int | None = None) -> list[int]:
        """Return the host's times of marks since the last time, up to a moment or until now."""
        end_ns = now_ns() if end_ns is None else end_ns
        if self._every_ns:
            first = self._last_ns // self._every_ns + 1
            self._last_ns = max(self._last_ns, end_ns)
            return [n * self._every_ns for n in range(first, end_ns // self._every_ns + 1)]
        self._receive()
        found = [each for each in self._waiting if each <= end_ns]
        self._waiting = [each for each in self._waiting if each > end_ns]
        return found

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            while self._socket is not None:
                text = self._socket.recv(64).decode("ascii", "replace")
                if text.isdigit():
                    self._waiting.append(int(text))
