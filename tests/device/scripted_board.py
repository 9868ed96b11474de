"""An interface board that answers by a script, behind a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from edgebench.device.port.link import Link


@contextmanager
def scripted(answers: Mapping[str, str]) -> Iterator[Link]:
    """Yield a port that gives an answer to each command, and none to others."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)

    def play() -> None:
        heard = b""
        while True:
            try:
                heard += os.read(ours, 4096)
            except OSError:
                return
            *commands, heard = heard.split(b"%")
            for each in commands:
                os.write(ours, answers.get(each.decode(), "").encode())

    player = threading.Thread(target=play, daemon=True)
    player.start()
    try:
        with Link(os.ttyname(theirs)) as link:
            yield link
    finally:
        os.close(theirs)
        player.join()  # or it reads the next one's port, under the same number
        os.close(ours)


PASSED = "m-dut-passthrough(x)\r\nm-ready\r\n"
