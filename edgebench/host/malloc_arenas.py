"""Have the C library take little address space where a process may have little."""

from __future__ import annotations

import resource

_M_ARENA_MAX = -8
"""From glibc's <malloc.h>."""


def spare_address_space() -> None:
    """Let all threads share one heap, if the address space is limited (``ulimit -v``).

    glibc reserves 64 to 128 MiB of address space for each thread's own, and what does not fit under
    the limit afterwards ends the process. It must be called before there are threads.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc and its kind have it
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
