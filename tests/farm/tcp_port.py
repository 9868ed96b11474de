"""A device's pseudo-terminal handed on over TCP as it is: what labgrid calls a raw port.

``python -m tests.farm.tcp_port host MODEL`` or ``board BOARD MODEL`` starts the device as well; the
first line printed is the port's number. A connection that ends leaves the device as it is.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import tty
from contextlib import ExitStack

from edgebench.boards.card import board_card
from edgebench.device.emulated import EmulatedPort
from edgebench.firmware.build import build_host
from edgebench.firmware.emulate import EmulatedBoard
from edgebench.firmware.image import ImageOptions, build_image
from edgebench.models.resolve import resolve_model


def serve(path: str, listener: socket.socket) -> None:
    """Serve one connection after the other, for ever."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port)
    while True:
        connection, _ = listener.accept()
        with connection:
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


def main() -> None:
    """Start a device and serve it."""
    kind, *names = sys.argv[1:]
    with ExitStack() as stack:
        if kind == "host":
            program = build_host(resolve_model(names[0]))
            path = stack.enter_context(EmulatedPort(program)).port
        else:
            image = build_image(resolve_model(names[1]), board_card(names[0]), ImageOptions())
            path = stack.enter_context(EmulatedBoard(image)).port
        number = int(names[-1]) if names[-1].isdigit() else 0
        with socket.create_server(("127.0.0.1", number)) as listener:
            print(listener.getsockname()[1], flush=True)
            serve(path, listener)


if __name__ == "__main__":
    main()
