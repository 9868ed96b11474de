"""End a program that a signal reaches before it has begun, while its modules are imported.

Imports nothing that takes time: until this is at work, Python itself answers Ctrl-C, with a
traceback.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from types import FrameType

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def handle_signals_while_starting() -> None:
    """End the process in our own words from now on; a signal that is ignored stays ignored."""
    for number in HANDLED:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, end_at_once)


def end_at_once(number: int, frame: FrameType | None) -> None:
    """Say what came, and end the process: there is nothing to be kept yet."""
    by = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
    with suppress(OSError):  # the terminal may have gone
        os.write(2, f"\nedgebench: Interrupted{by} before it was finished\n".encode("ascii"))
    os._exit(128 + number)
