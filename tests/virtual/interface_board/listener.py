"""A device that listens: raises WW_DETECTED for loud samples, PROCESSING for each frame."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import numpy as np

from edgebench.close_on_exit import CloseOnExit
from tests.conftest import waited

HOP = 320
LOUD = 10_000
BUSY_US = 5000


class Listener(CloseOnExit):
    """The device's end of the wire; `heard` is what it took, sample by sample.

    Parameters
    ----------
    deaf_after
        So many samples later it takes nothing more.
    """

    def __init__(self, path: Path, *, deaf_after: int | None = None) -> None:
        self._socket = waited(lambda: _connected(path))
        self._deaf_after = deaf_after
        self.heard = np.zeros(0, np.int16)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch it off."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def pulse(self) -> None:
        """Pulse PROCESSING, as `start` makes it."""
        count = len(self.heard)
        self._say(f"pin PROCESSING 1 {count} 0", f"pin PROCESSING 0 {count} 1")

    def _say(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def _work(self) -> None:
        data, done = b"", 0
        while chunk := self._socket.recv(4096):
            data += chunk
            whole = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
            if self._deaf_after is not None and len(whole) > self._deaf_after:
                continue
            self.heard = whole
            while done + HOP <= len(whole):
                frame, done = whole[done : done + HOP], done + HOP
                at = f"{done} {BUSY_US}"
                is_loud = bool((frame > LOUD).any())
                pulse = [f"pin WW_DETECTED 0 {at}", f"pin WW_DETECTED 1 {at}"] if is_loud else []
                self._say(
                    f"pin PROCESSING 1 {done} 0", *pulse, f"pin PROCESSING 0 {at}", f"heard {done}"
                )
            self._say(f"heard {len(whole)}")


def _connected(path: Path) -> socket.socket | None:
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        wire.connect(str(path))
    except OSError:
        wire.close()
        return None
    return wire
