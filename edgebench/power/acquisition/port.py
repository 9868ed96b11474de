"""A meter's serial port."""

from __future__ import annotations

import time
from collections.abc import Iterator

import serial

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound

PIECE = 4000
MOST_PIECES = 256
POLL_S = 0.002


class MeterPort(CloseOnExit):
    """A context manager: an open port that never blocks.

    Raises
    ------
    MeterNotFound
        If it can't be opened.
    """

    def __init__(self, meter: str, url: str, baud: int) -> None:
        self._meter, self._url = meter, url
        try:
            self._port = serial.serial_for_url(url, baudrate=baud, timeout=0, write_timeout=2)
        except (OSError, ValueError) as error:
            raise MeterNotFound(f"{meter}: {url} can't be opened: {error}") from error

    def close(self) -> None:
        """Close it."""
        self._port.close()

    def read(self) -> bytes:
        """Return all that has come; a port hands over 4 KiB at a time.

        Raises
        ------
        MeterLost
            If the port is gone.
        """
        pieces = []
        try:
            for _ in range(MOST_PIECES):
                pieces.append(bytes(self._port.read(PIECE)))
                if len(pieces[-1]) < PIECE:
                    break
            return b"".join(pieces)
        except (OSError, TypeError) as error:
            raise self._gone(error) from error

    def write(self, data: bytes) -> None:
        """Send.

        Raises
        ------
        MeterLost
            If the port is gone, or takes nothing.
        """
        try:
            self._port.write(data)
        except OSError as error:
            raise self._gone(error) from error

    def reads_until(self, deadline_s: float) -> Iterator[bytes]:
        """Yield what comes, piece by piece, for so long."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            if data := self.read():
                yield data
            else:
                time.sleep(POLL_S)

    def _gone(self, error: Exception) -> MeterLost:
        return MeterLost(f"{self._meter}: {self._url} is gone: was it unplugged? ({error})")
