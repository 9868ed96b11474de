"""Say what the operating system refused, and by which limit of this process."""

from __future__ import annotations

import errno
import re
import resource
from collections.abc import Mapping

from edgebench.errors import ProgramFailed

_LIMITS: Mapping[int, tuple[int, str, str]] = {
    errno.EFBIG: (resource.RLIMIT_FSIZE, "bytes per file", "ulimit -f"),
    errno.EMFILE: (resource.RLIMIT_NOFILE, "open files", "ulimit -n"),
    errno.EAGAIN: (resource.RLIMIT_NPROC, "processes and threads of a user", "ulimit -u"),
}
"""An error, the limit that it comes from, what that counts, and how a shell sets it."""
_MEMORY = (
    (resource.RLIMIT_AS, "of address space", "ulimit -v"),
    (resource.RLIMIT_DATA, "of data", "ulimit -d"),
)

_CONTAINER = "pids.max of a container or control group"
"""What EAGAIN may come from as well: nothing but the error says which of the two it was."""

_NUMBER = re.compile(r"\[Errno -?\d+\] ")
"""What Python puts before an error's text; pyserial has it in the middle of its own."""

_UNMAPPED = ("failed to map segment", "cannot allocate memory")
"""What the dynamic linker says of a library that does not fit under a limit."""


def refusal(error: OSError) -> str:
    """Return what the system said, with the limit that it is about where there is one."""
    said = _NUMBER.sub("", error.strerror or str(error))
    if error.errno is not None and error.errno in _LIMITS:
        number, counted, command = _LIMITS[error.errno]
        limit, _ = resource.getrlimit(number)
        also = f", or {_CONTAINER}" if error.errno == errno.EAGAIN else ""
        if limit != resource.RLIM_INFINITY:
            return f"{said}: the limit is {limit:,} {counted} (`{command}`){also}"
        if also:
            return f"{said}: the limit is {_CONTAINER}"
    if error.errno == errno.ENOMEM:
        return f"{said}{memory_limit()}"
    return f"{said}{unmapped_limit(error)}"


def port_refusal(error: Exception) -> str:
    """Return why a serial port failed.

    pyserial raises a TypeError where another thread has just closed the port.
    """
    if isinstance(error, TypeError):
        return "it was closed"
    return refusal(error) if isinstance(error, OSError) else str(error)


def program_refusal(error: ProgramFailed | OSError) -> str:
    """Return why a program gave no output, with the limit where this process has reached one."""
    return f"no program starts: {refusal(error)}" if isinstance(error, OSError) else str(error)


def unmapped_limit(error: OSError | ImportError) -> str:
    """Return the limits of memory, if a library could not be loaded for them; else nothing."""
    return memory_limit() if any(each in str(error) for each in _UNMAPPED) else ""


def memory_limit() -> str:
    """Return the limits of this process's memory, to be appended; empty if it has none."""
    limits = [
        f"{limit / 2**20:,.0f} MiB {counted} (`{command}`)"
        for number, counted, command in _MEMORY
        if (limit := resource.getrlimit(number)[0]) != resource.RLIM_INFINITY
    ]
    return f": the limit is {' and '.join(limits)}" if limits else ""


def most_bytes_per_file() -> int | None:
    """Return how large a file may become; None without a limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if limit == resource.RLIM_INFINITY else limit
