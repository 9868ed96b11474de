"""Lines that stand-ins listen on: a pseudo-terminal, or a TCP port of this machine."""

from __future__ import annotations

import os
import select
import socket
import tty
from contextlib import suppress
from typing import Protocol

from edgebench.close_on_exit import CloseOnExit

STEP_S = 0.005
MOST_BACKLOG = 1 << 20


class StandIn(Protocol):
    """A meter's side of its protocol: bytes in, bytes out."""

    def feed(self, data: bytes) -> bytes:
        """Take what the host sent; return the answer."""

    def due(self) -> bytes:
        """Return what it sends by itself by now."""

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""


class PtyLine(CloseOnExit):
    """A context manager: a pseudo-terminal; ``place`` is the end that the host opens."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        # Held open, so that a host may come and go.
        self._theirs = theirs
        self.place = os.ttyname(theirs)
        os.set_blocking(self._ours, False)
        self._backlog = b""

    def close(self) -> None:
        """Pull the cable."""
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)
        self._ours = self._theirs = -1

    def exchange(self, stand_in: StandIn) -> bool:
        """Pass bytes to and fro for a moment; return whether the line still is."""
        ready, _, _ = select.select([self._ours], [], [], STEP_S)
        data = b""
        if ready:
            with suppress(BlockingIOError):
                data = os.read(self._ours, 1 << 16)
        self._send(stand_in.feed(data) if data else b"")
        self._send(stand_in.due())
        return not stand_in.is_gone

    def _send(self, data: bytes) -> None:
        self._backlog = (self._backlog + data)[:MOST_BACKLOG]
        with suppress(BlockingIOError):
            while self._backlog:
                sent = os.write(self._ours, self._backlog)
                self._backlog = self._backlog[sent:]


class TcpLine(CloseOnExit):
    """A context manager: a port of the loopback interface; one host at a time."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(STEP_S)
        self.place = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._host: socket.socket | None = None

    def close(self) -> None:
        """Hang up."""
        self._server.close()
        if self._host is not None:
            self._host.close()

    def exchange(self, stand_in: StandIn) -> bool:
        """Pass bytes to and fro for a moment; return whether the line still is."""
        if self._host is None:
            with suppress(TimeoutError):
                self._host, _ = self._server.accept()
                self._host.settimeout(1.0)
                self._host.sendall(stand_in.feed(b""))
            return True
        ready, _, _ = select.select([self._host], [], [], STEP_S)
        try:
            data = self._host.recv(1 << 16) if ready else b""
            if ready and not data:
                raise ConnectionError
            self._host.sendall((stand_in.feed(data) if data else b"") + stand_in.due())
        except OSError:
            self._host.close()
            self._host = None
        return not stand_in.is_gone
