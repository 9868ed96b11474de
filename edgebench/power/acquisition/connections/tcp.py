"""Programs that listen on a port."""

from __future__ import annotations

import socket
from contextlib import suppress

CONNECT_S = 0.2
MOST_ANSWER = 4096


def answers(host: str, port: int, hello: bytes) -> bytes:
    """Return what a program says to a greeting, at once; nothing if none listens."""
    with (
        suppress(OSError),
        socket.create_connection((host, port), CONNECT_S) as connection,
    ):
        connection.sendall(hello)
        return connection.recv(MOST_ANSWER)
    return b""
