"""Say what the operating system refused, and by which limit of this process."""

from __future__ import annotations

import errno
import resource
from collections.abc import Mapping

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

_EXHAUSTED = ("bad_alloc", "Resource temporarily unavailable", "start new thread", "llocate memory")


def refusal(error: OSError) -> str:
    """Return what the system said, with the limit that it is about where there is one."""
    said = error.strerror or str(error)
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
    return said


def memory_limit() -> str:
    """Return the limits of this process's memory, to be appended; empty if it has none."""
    limits = [
        f"{limit / 2**20:,.0f} MiB {counted} (`{command}`)"
        for number, counted, command in _MEMORY
        if (limit := resource.getrlimit(number)[0]) != resource.RLIM_INFINITY
    ]
    return f": the limit is {' and '.join(limits)}" if limits else ""


def exhaustion(error: BaseException) -> str:
    """Return what a runtime's error says of memory or threads, to be appended; else nothing."""
    if not isinstance(error, MemoryError) and not any(each in str(error) for each in _EXHAUSTED):
        return ""
    threads, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    limits = [_CONTAINER]
    if threads != resource.RLIM_INFINITY:
        limits.insert(0, f"`ulimit -u`, which is {threads:,}")
    few = f" (threads: {' or '.join(limits)})"
    return f": no more memory or threads may be had{few}{memory_limit()}"


def most_bytes_per_file() -> int | None:
    """Return how large a file may become; None without a limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if limit == resource.RLIM_INFINITY else limit
