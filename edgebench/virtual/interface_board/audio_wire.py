"""The wire to a device that listens: samples to it, changes of its pins from it.

A Unix stream socket, on which the board listens and to which the device connects when it boots. To
the device: samples, 16 bits, little-endian, one channel, 16 kHz, and nothing else. From the device:
lines. ``pin NAME LEVEL SAMPLES US`` is a change of a pin, US microseconds of the device's clock
after it had taken SAMPLES samples since it connected; ``heard SAMPLES`` says that everything up to
there has been computed, or left aside while it did not listen. So the times are exact however fast
a recording is played.
"""

from __future__ import annotations

import re
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit

BYTES_PER_SAMPLE = 2
MOST_UNHEARD = 16_000
"""Samples that are on their way at most."""
HEARD_S = 30.0
"""A device that takes nothing for so long is left out; a busy machine may stop one for a while."""
POLL_S = 0.1
MOST_LINE = 256
PIN = re.compile(r"pin ([A-Z_]{1,32}) ([01]) (\d{1,15}) (\d{1,15})")
HEARD = re.compile(r"heard (\d{1,15})")


@dataclass(frozen=True)
class PinChange:
    """A pin's new level, in the device's clock: samples it had taken, and us since then."""

    pin: str
    level: int
    samples: int
    us: int


def audio_socket(path: Path) -> socket.socket:
    """Return a socket that devices can connect to from now on, before the board is there."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(1)
    return server


class AudioWire(CloseOnExit):
    """A context manager: the board's end. A thread hears the device.

    Parameters
    ----------
    server
        An `audio_socket`.
    on_change
        Called by the thread.
    """

    def __init__(self, server: socket.socket, on_change: Callable[[PinChange], None]) -> None:
        self._server, self._on_change = server, on_change
        self._server.settimeout(POLL_S)
        self._device: socket.socket | None = None
        self._heard_more = threading.Condition()
        self._is_done = False
        self.sent = self._heard = 0
        self._thread = threading.Thread(target=self._listen, name="audio wire", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and close the socket."""
        self._is_done = True
        self._thread.join()
        self._server.close()

    def send(self, samples: bytes) -> bool:
        """Send samples as the device takes them; return whether there is one that does."""
        count = len(samples) // BYTES_PER_SAMPLE
        device = self._device
        if device is None or not self.wait_heard(self.sent + count - MOST_UNHEARD):
            return False
        try:
            device.sendall(samples)
        except OSError:
            return False  # it has rebooted, or gone
        self.sent += count
        return True

    def wait_heard(self, samples: int) -> bool:
        """Wait until the device has heard so many samples; return whether it has."""
        with self._heard_more:
            while self._heard < samples:
                before = self._heard
                if not self._heard_more.wait(HEARD_S) and self._heard == before:
                    return False
        return True

    def _listen(self) -> None:
        while not self._is_done:
            with suppress(TimeoutError):
                device, _ = self._server.accept()
                with device:
                    device.settimeout(HEARD_S)
                    self.sent = self._heard = 0
                    self._device = device
                    self._hear(device)
                    self._device = None

    def _hear(self, device: socket.socket) -> None:
        left = b""
        while not self._is_done:
            if not select.select([device], [], [], POLL_S)[0]:
                continue
            try:
                data = device.recv(1 << 16)
            except OSError:
                return
            if not data:
                return
            *lines, left = (left + data).split(b"\n")
            left = left[-MOST_LINE:]
            for line in lines:
                self._take(line.decode("ascii", "replace").strip())

    def _take(self, line: str) -> None:
        if (change := PIN.fullmatch(line)) is not None:
            pin, *numbers = change.groups()
            self._on_change(PinChange(pin, *map(int, numbers)))
        elif (heard := HEARD.fullmatch(line)) is not None:
            with self._heard_more:
                self._heard = int(heard[1])
                self._heard_more.notify_all()
