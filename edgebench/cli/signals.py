"""End on SIGTERM and SIGHUP as on Ctrl-C: what was measured is kept, and the exit code says why."""

from __future__ import annotations

import os
import signal
import stat
import time
from contextlib import suppress
from types import FrameType
from typing import Self

from edgebench.cli.refusals import write_nowhere
from edgebench.errors import SignalReceived

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_S = 1.0
_AGAIN = b"\nedgebench: ending; one more signal ends it at once, and may lose what was measured\n"


class EndingSignals:
    """A context manager that turns signals into a `SignalReceived` in the main thread.

    Only the first is raised: a second one must not end what keeps the results. After `PATIENCE_S`
    one more warns, and the next ends the process at once. A signal that is ignored, as SIGHUP is
    under nohup, stays ignored. After `finish`, and after the block, all are ignored: the exit code
    is decided, and Python's own end, which would set the defaults, must not change it.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._at_s = 0.0
        self._is_warned = False
        self._handled: list[signal.Signals] = []

    @property
    def exit_code(self) -> int | None:
        """The exit code that a shell has for SIGTERM or SIGHUP, if one came first."""
        return None if self._first in (None, signal.SIGINT) else 128 + int(self._first or 0)

    def __enter__(self) -> Self:
        for number in HANDLED:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                self._handled.append(number)
                signal.signal(number, self._received)
        return self

    def __exit__(self, *raised: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Ignore signals from now on."""
        for number in self._handled:
            signal.signal(number, signal.SIG_IGN)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _leave_dead_terminal()
        if self._first is None:
            self._first, self._at_s = number, time.monotonic()
            raise SignalReceived(number)
        # systemd and terminals send several at once; impatience takes longer.
        if time.monotonic() - self._at_s < PATIENCE_S:
            return
        if self._is_warned:
            os._exit(128 + number)
        self._is_warned = True
        with suppress(OSError):
            os.write(2, _AGAIN)


def _leave_dead_terminal() -> None:
    """Write to nowhere from now on, where standard output or error was a terminal that has gone."""
    for descriptor in (1, 2):
        with suppress(OSError):
            is_device = stat.S_ISCHR(os.fstat(descriptor).st_mode)
            if is_device and not os.isatty(descriptor):
                write_nowhere(descriptor)
