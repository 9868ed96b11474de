"""A meter's serial port."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import serial

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.files.refusals import port_refusal
from edgebench.serial_url import url_fault

logger = logging.getLogger(__name__)

PIECE = 4000
MOST_PIECES = 256
POLL_S = 0.002
SHOWN_BYTES = 80
"""The log has so much of what came at once: the beginning of a block of samples, a whole answer."""


class MeterPort(CloseOnExit):
    """A context manager: an open port that never blocks.

    Raises
    ------
    MeterNotFound
        If it can't be opened.
    """

    def __init__(self, meter: str, url: str, baud: int) -> None:
        self._meter, self._url = meter, url
        if (fault := url_fault(url)) is not None:
            raise MeterNotFound(f"{meter}: {url!r} is no serial port: {fault}")
        try:
            self._port = serial.serial_for_url(url, baudrate=baud, timeout=0, write_timeout=2)
        except (OSError, ValueError) as error:
            raise MeterNotFound(f"{meter}: {url} can't be opened: {port_refusal(error)}") from error
        logger.info("%s: %s opened at %d baud", meter, url, baud)

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
            data = b"".join(pieces)
        # TypeError: pyserial reads from a port that another thread has just closed.
        except (OSError, TypeError) as error:
            raise self._gone(error) from error
        if data:
            logger.debug("%s < %d bytes: %r", self._url, len(data), data[:SHOWN_BYTES])
        return data

    def write(self, data: bytes) -> None:
        """Send.

        Raises
        ------
        MeterLost
            If the port is gone, or takes nothing.
        """
        logger.debug("%s > %r", self._url, data)
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
        logger.warning("%s: %s is gone: %s", self._meter, self._url, error)
        return MeterLost(
            f"{self._meter}: {self._url} is gone: was it unplugged? ({port_refusal(error)})"
        )
