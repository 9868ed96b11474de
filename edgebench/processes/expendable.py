"""Child processes of ours that may crash, hang or take too much: they end before us, and with us.

The parent starts one by `child_command`; the child calls `begin` before its work.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
GRACE_S = 5.0
"""A parent that is alive ends its child itself, and can say why: the child waits for that."""


def child_command(module: str, limit_s: float, *words: str) -> list[str]:
    """Return a command that runs one of our modules; it finds `words` in ``sys.argv[3:]``.

    The current folder is not searched for modules: a file there may have the name of one of them.

    Parameters
    ----------
    limit_s
        How long the parent waits for the child.
    """
    return [sys.executable, "-P", "-m", module, str(os.getpid()), f"{limit_s + GRACE_S}", *words]


def begin() -> None:
    """Make this process, which `child_command` started, one that others need not care for."""
    parent, limit_s = int(sys.argv[1]), float(sys.argv[2])
    # A crash here is expected: it leaves no core file behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _end_with(parent)
    _end_after(limit_s)
    die_first()


def die_first() -> None:
    """Have the kernel kill this process before its parent, which can say what happened."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; only Linux can."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        os.kill(parent, 0)
    except ProcessLookupError:  # it ended before the kernel knew
        os._exit(1)


def _end_after(limit_s: float) -> None:
    """Have the kernel end this process in some time, whatever a native library is doing then."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, limit_s)
