"""Instruments that answer by a table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edgebench.virtual.meters.line import PtyLine, TcpLine


class Answering:
    """A stand-in that answers by a table: what no key begins is not answered."""

    is_gone = False

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._left = b""

    def feed(self, data: bytes) -> bytes:
        *lines, self._left = (self._left + data).split(b"\n")
        return b"".join(
            answer
            for line in lines
            for key, answer in self._answers.items()
            if line.startswith(key)
        )

    def due(self) -> bytes:
        return b""


@contextmanager
def listening(line: Callable[[], PtyLine | TcpLine], answers: dict[bytes, bytes]) -> Iterator[str]:
    """Play such an instrument; the place where it listens."""
    made, done = line(), threading.Event()
    stand_in = Answering(answers)

    def work() -> None:
        while not done.is_set():
            made.exchange(stand_in)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield made.place
    finally:
        done.set()
        thread.join()
        made.close()
