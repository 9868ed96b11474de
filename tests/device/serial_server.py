"""A port handed on over TCP as RFC 2217 says, by pyserial's own PortManager."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any, Self

import serial
from serial.rfc2217 import PortManager

from edgebench.close_on_exit import CloseOnExit


class PtySerial(serial.Serial):
    """A pseudo-terminal has no modem lines; PortManager sets and reads them."""

    cts = dsr = ri = cd = False

    def _update_rts_state(self) -> None:
        return

    def _update_dtr_state(self) -> None:
        return


class SerialServer(CloseOnExit):
    """Serves one connection on loopback; ``number`` is its port's."""

    def __init__(self, port: str) -> None:
        self._serial = PtySerial(port, 115200, timeout=0.01)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.number = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop serving."""
        self._stopped.set()
        self._listener.close()
        self._thread.join(5)
        self._serial.close()

    def write(self, data: bytes) -> None:
        """Send to the client: what PortManager calls."""
        self._connection.sendall(data)

    def _serve(self) -> None:
        with suppress(OSError):
            self._connection, _ = self._listener.accept()
            self._connection.settimeout(0.005)
            manager: Any = PortManager(self._serial, self)
            while not self._stopped.is_set():
                waiting = self._serial.read(self._serial.in_waiting or 1)
                if waiting:
                    self.write(b"".join(manager.escape(waiting)))
                with suppress(TimeoutError):
                    received = self._connection.recv(1024)
                    if not received:
                        return
                    self._serial.write(b"".join(manager.filter(received)))
