"""The board's serial ports: one to the host, one to the device."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from edgebench.close_on_exit import CloseOnExit

READ_BYTES = 4096
STALE_BYTES = 100
"""Of what came unasked, the firmware's queue holds so much."""
WRITE_S = 1.0
END_OF_ANSWER = "m-ready"


def attended_wait(seconds: float) -> None:
    """Wait so long.

    Raises
    ------
    EOFError
        If the standard input ends meanwhile: whoever started this process has gone.
    """
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if ready and not os.read(sys.stdin.fileno(), READ_BYTES):
        raise EOFError


class UntilEnd:
    """Bytes to messages that end with a text, matched as the firmware matches it."""

    def __init__(self, end: bytes) -> None:
        self._end = end
        self._message = bytearray()
        self._matched = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes; yield the messages that are whole."""
        for byte in data:
            if byte == self._end[self._matched]:
                self._matched += 1
                if self._matched == len(self._end):
                    yield self._message.decode("latin-1")
                    self._message.clear()
                    self._matched = 0
            else:
                self._message += self._end[: self._matched]
                self._matched = 0
                self._message.append(byte)


class Line:
    """A port that is open; waiting for its bytes ends with this process's standard input."""

    def __init__(self, descriptor: int, end: bytes) -> None:
        self._descriptor = descriptor
        self._until = UntilEnd(end)
        self._messages: list[str] = []

    def read(self) -> str:
        """Return the next message.

        Raises
        ------
        EOFError
            If the standard input has ended, or the port has gone.
        """
        while not self._messages:
            ready, _, _ = select.select([self._descriptor, sys.stdin], [], [])
            if sys.stdin in ready and not os.read(sys.stdin.fileno(), READ_BYTES):
                raise EOFError
            if self._descriptor in ready:
                self._messages += self._until.feed(self._bytes())
        return self._messages.pop(0)

    def _bytes(self) -> bytes:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        return data

    def write(self, text: str) -> bool:
        """Send text; return whether all of it was taken. What nobody takes is lost."""
        data = text.encode("latin-1", "replace")
        while data and select.select([], [self._descriptor], [], WRITE_S)[1]:
            with suppress(BlockingIOError):
                data = data[os.write(self._descriptor, data) :]
        return not data

    def write_all(self, pieces: Iterable[str]) -> None:
        """Send the pieces of an answer as they come; nobody is waited for twice."""
        is_taken = True
        for piece in pieces:
            is_taken = is_taken and self.write(piece)

    def keep_stale(self, most_bytes: int) -> None:
        """Take what has come unasked, and lose what a queue of so many bytes can't hold."""
        data = b""
        while select.select([self._descriptor], [], [], 0)[0]:
            data += self._bytes()
        self._messages += self._until.feed(data[:most_bytes])


class DeviceUart(CloseOnExit):
    """A context manager: the device's port, as the board opens it.

    Parameters
    ----------
    hold_s
        How long the end of an answer to `infer` is held back. Firmware for energy mode talks at
        9600 baud: there is time between the end of a window and the end of the answer, in which a
        host that reads a meter one byte after the other gets to the window's last event.
    """

    def __init__(self, port: str, baud: int, hold_s: float = 0.0) -> None:
        import serial

        self._hold_s = hold_s
        self._serial = serial.Serial(port, baud)
        self._line = Line(self._serial.fileno(), b"\r\n")

    def close(self) -> None:
        """Close the port."""
        self._serial.close()

    @property
    def baud(self) -> int:
        """The rate of the line to the device."""
        return int(self._serial.baudrate)

    @baud.setter
    def baud(self, baud: int) -> None:
        self._serial.baudrate = baud

    def answer(self, command: str) -> Iterator[str]:
        """Send a command; yield the lines of the answer, the last of which is ``m-ready``."""
        self._line.keep_stale(STALE_BYTES)
        self._line.write(f"{command}%")
        while True:
            line = self._line.read()
            if line != END_OF_ANSWER:
                yield line
                continue
            if command.startswith("infer"):
                time.sleep(self._hold_s)
            yield line
            return
