"""Play the interface board until the standard input ends.

``python -m edgebench.virtual.interface_board [OPTION ...]`` prints the port that the host opens.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tty
from contextlib import ExitStack
from pathlib import Path

from edgebench.files.refusals import refusal
from edgebench.virtual.announce import announce
from edgebench.virtual.interface_board.audio_wire import AudioWire
from edgebench.virtual.interface_board.card import Card
from edgebench.virtual.interface_board.clock import BoardClock
from edgebench.virtual.interface_board.menu import DEFAULT_BAUD, InterfaceMenu
from edgebench.virtual.interface_board.pins import PinRecorder
from edgebench.virtual.interface_board.player import WirePlayer
from edgebench.virtual.interface_board.uart import DeviceUart, Line, attended_wait


def main() -> int:
    """Play it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--device", required=True, help="Its port.")
    parser.add_argument("--baud", type=int, default=DEFAULT_BAUD)
    parser.add_argument("--card", type=Path, required=True, help="A folder.")
    parser.add_argument("--audio", type=int, help="A descriptor of a socket that listens.")
    parser.add_argument("--fast", action="store_true", help="Play faster than it sounds.")
    parser.add_argument("--hold", type=float, default=0.0, help="Seconds before an answer's end.")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ExitStack() as stack:
        try:
            _play(asked, stack)
        except OSError as error:
            announce(refusal(error))
            return 1
    return 0


def _play(asked: argparse.Namespace, stack: ExitStack) -> None:
    pins, clock = PinRecorder(), BoardClock()
    player = WirePlayer(pins, clock, is_fast=asked.fast, wait=attended_wait)
    if asked.audio is not None:
        server = socket.socket(fileno=asked.audio)
        player.wire = stack.enter_context(AudioWire(server, player.changed))
    device = stack.enter_context(DeviceUart(asked.device, asked.baud, asked.hold))
    menu = InterfaceMenu(device, Card(asked.card), player, pins, clock)
    # The host's end is held open, so that a host may come and go.
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    host = Line(ours, b"%")
    announce(os.ttyname(theirs))
    try:
        while True:
            host.write_all(menu.answer(host.read()))
    except EOFError:
        return


if __name__ == "__main__":
    sys.exit(main())
