"""End on SIGTERM and SIGHUP as on Ctrl-C: what was measured is kept, and the exit code says why."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, FrameType
from typing import Any, Self

from edgebench.cli.refusals import write_nowhere
from edgebench.errors import SignalReceived
from edgebench.processes.early_signals import HANDLED, end_at_once

Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None
PATIENCE_S = 1.0
SOON_S = 0.001
_AGAIN = b"\nedgebench: ending; one more signal ends it at once, and may lose what was measured\n"


class EndingSignals:
    """A context manager that turns signals into a `SignalReceived` in the main thread.

    Only the first is raised: a second one must not end what keeps the results. After `PATIENCE_S`
    one more warns, and the next ends the process at once. A signal that is ignored, as SIGHUP is
    under nohup, stays ignored. After `finish`, and after the block, all are ignored: the exit code
    is decided, and Python's own end, which would set the defaults, must not change it. SIGALRM's
    handler and timer are again those of a program that called this, if it has its own.

    Python drops what is raised in a `__del__`, in the callback of a weak reference (each import
    has one) or in a function that C calls, and goes on. `SignalReceived` is raised again then, a
    little later, until it is out of such places.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._at_s = 0.0
        self._is_warned = False
        self._is_dropped = False
        self._is_finished = False
        self._handled: list[signal.Signals] = []
        self._other_hook = sys.unraisablehook
        self._other_alarm: Handler = signal.SIG_DFL
        self._other_timer: tuple[float, float] | None = None

    @property
    def exit_code(self) -> int | None:
        """The exit code that a shell has for SIGTERM or SIGHUP, if one came first."""
        return None if self._first in (None, signal.SIGINT) else 128 + int(self._first or 0)

    def __enter__(self) -> Self:
        for number in HANDLED:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler, end_at_once):
                self._handled.append(number)
                signal.signal(number, self._received)
        if self._handled:
            sys.unraisablehook = self._dropped
            self._other_alarm = signal.signal(signal.SIGALRM, self._raise_again)
        return self

    def __exit__(self, *raised: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Ignore signals from now on, and one that could not be raised before the command ended."""
        # Before anything else: one may come while the handlers are changed.
        self._is_finished = True
        if self._is_dropped:
            self._first = None
        for number in self._handled:
            signal.signal(number, signal.SIG_IGN)
        if self._handled:
            if self._other_timer is not None:
                signal.setitimer(signal.ITIMER_REAL, 0)
            # Our own alarm may still be on its way: the default would end the process.
            own = self._other_alarm in (None, signal.SIG_DFL)
            signal.signal(signal.SIGALRM, signal.SIG_IGN if own else self._other_alarm)
            if self._other_timer is not None:
                signal.setitimer(signal.ITIMER_REAL, *self._other_timer)
            sys.unraisablehook = self._other_hook

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self._is_finished:
            return
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

    def _dropped(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Have a signal that was dropped raised again; anything else is printed, as usual."""
        if isinstance(unraisable.exc_value, SignalReceived):
            self._is_dropped = True
            self._raise_soon()
        else:
            self._other_hook(unraisable)

    def _raise_again(self, number: int, frame: FrameType | None) -> None:
        if _is_in(frame, EndingSignals._dropped.__code__):
            self._raise_soon()
        elif self._first is not None and not self._is_finished:
            self._is_dropped = False
            raise SignalReceived(self._first)

    def _raise_soon(self) -> None:
        other = signal.setitimer(signal.ITIMER_REAL, SOON_S)
        self._other_timer = self._other_timer or other


def _is_in(frame: FrameType | None, code: CodeType) -> bool:
    """Whether a frame is in a call of a function: what is raised in the hook is dropped as well."""
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


def _leave_dead_terminal() -> None:
    """Write to nowhere from now on, where standard output or error was a terminal that has gone."""
    for descriptor in (1, 2):
        with suppress(OSError):
            is_device = stat.S_ISCHR(os.fstat(descriptor).st_mode)
            if is_device and not os.isatty(descriptor):
                write_nowhere(descriptor)
