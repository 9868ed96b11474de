"""Serve answers over HTTP as a plug does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GEN2 = (
    b'{"id":"shellyplus1pm-1","mac":"A8032ABE54DC","model":"SNSW-001P16EU","gen":2,"ver":"1.4.4"}'
)
GEN1 = b'{"type":"SHPLG-S","mac":"E868E7000000","auth":false,"fw":"20230913","num_meters":1}'
NO_HANDLER = b'{"code":404,"message":"No handler for it"}'


@contextmanager
def served(
    answers: dict[str, bytes | tuple[int, bytes]], raw: bytes | None = None
) -> Iterator[str]:
    """Serve paths as a device does; `raw` is sent in place of any answer. Yields HOST:PORT."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                path = connection.recv(4096).split(b" ")[1].decode()
                connection.sendall(raw if raw is not None else response(answers.get(path)))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        done.set()
        thread.join()
        server.close()


def response(answer: bytes | tuple[int, bytes] | None) -> bytes:
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    if body is None:
        status, body = 404, NO_HANDLER
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
