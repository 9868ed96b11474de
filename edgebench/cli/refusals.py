"""Say in one sentence why the operating system refused a command something."""

from __future__ import annotations

import os
from errno import EMFILE

from edgebench.files.refusals import memory_limit, refusal

_NO_THREAD = ("can't start new thread", "can't allocate lock")
"""What Python's own RuntimeErrors say where the system gives no more threads."""


def refusal_of(error: Exception) -> str | None:
    """Return the sentence for an error of the system's; None for an error that is a fault of ours.

    The log has its traceback.
    """
    import logging

    said = _said(error)
    if said is not None:
        logging.getLogger(__name__).debug("%s", said, exc_info=error)
    return said


def _said(error: Exception) -> str | None:
    if isinstance(error, OSError):
        # Without any descriptor left, it is only by chance which file was to be opened.
        is_named = error.filename is not None and error.errno != EMFILE
        what = f"{error.filename}: " if is_named else ""
        return f"{what}{refusal(error)}"
    if isinstance(error, MemoryError):
        return f"out of memory{memory_limit()}. End other programs, or ask for less at a time"
    if str(error) in _NO_THREAD:
        from edgebench.host.cgroup.threads import threads_limit

        group = threads_limit()
        also = f"{group}, or " if group else ""
        return (
            f"{error}: {also}this user may have no more threads, or there is no memory for one's "
            f"stack (`ulimit -u`, `ulimit -s`, `ulimit -v`){memory_limit()}"
        )
    return None


def write_nowhere(descriptor: int) -> None:
    """Have what is written to a descriptor go nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
