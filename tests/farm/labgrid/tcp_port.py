"""A device's pseudo-terminal handed on over TCP as it is: what labgrid calls a raw port.

``python -m tests.farm.labgrid.tcp_port host MODEL`` or ``board BOARD MODEL`` starts the device as
well; the first line printed is the port's number. A connection that ends leaves the device as it
is, but for ``flash BOARD FILE``: that runs what is in a file, as a board runs what is in its flash.
``pty MODEL`` prints the pseudo-terminal itself, and hands nothing on.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import socket
import sys
import tty
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from edgebench.boards.card import board_card
from edgebench.firmware.building.host import build_host
from edgebench.firmware.building.image import Image, ImageOptions, build_image
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.resolve import resolve_model
from edgebench.virtual.emulated_device import EmulatedPort


def serve(path_of: Callable[[], str], listener: socket.socket) -> None:
    """Serve one connection after the other, for ever."""
    opened, port = "", -1
    while True:
        connection, _ = listener.accept()
        with connection:
            path = path_of()
            if path != opened:
                opened, port = path, os.open(path, os.O_RDWR | os.O_NOCTTY)
                tty.setraw(port)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _bridge(port, connection)


def _bridge(port: int, connection: socket.socket) -> None:
    while True:
        for ready in select.select([port, connection], [], [])[0]:
            try:
                data = os.read(port, 4096) if ready == port else connection.recv(4096)
                if not data:
                    return
                if ready == port:
                    connection.sendall(data)
                else:
                    os.write(port, data)
            except OSError:
                return


class Flash:
    """A board that boots whatever its flash, a file, holds when it is next talked to."""

    def __init__(self, image: Image, file: Path) -> None:
        self._image, self._file = image, file
        self._digest, self._board = b"", None  # type: bytes, EmulatedBoard | None

    def port(self) -> str:
        """Return its serial port."""
        digest = hashlib.sha256(self._file.read_bytes()).digest()
        if self._board is None or digest != self._digest:
            if self._board is not None:
                self._board.close()
            self._board = EmulatedBoard(replace(self._image, path=self._file))
            self._digest = digest
        return self._board.port

    @staticmethod
    def fixed(path: str) -> Callable[[], str]:
        """Return what always gives the same port."""
        return lambda: path


def main() -> None:
    """Start a device and serve it."""
    kind, *names = sys.argv[1:]
    with ExitStack() as stack:
        if kind in ("host", "pty"):
            program = build_host(resolve_model(names[0]))
            path = stack.enter_context(EmulatedPort(program)).port
            if kind == "pty":
                print(path, flush=True)
                signal.pause()
            path_of = Flash.fixed(path)
        else:
            model = "kws-ds-cnn" if kind == "flash" else names[1]
            image = build_image(resolve_model(model), board_card(names[0]), ImageOptions())
            if kind == "flash":
                path_of = Flash(image, Path(names[1])).port
            else:
                path_of = Flash.fixed(stack.enter_context(EmulatedBoard(image)).port)
        number = int(names[-1]) if names[-1].isdigit() else 0
        with socket.create_server(("127.0.0.1", number)) as listener:
            print(listener.getsockname()[1], flush=True)
            serve(path_of, listener)


if __name__ == "__main__":
    main()
