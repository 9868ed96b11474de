"""Say by which limit a runtime got no more memory or threads."""

from __future__ import annotations

import resource

from edgebench.files.refusals import memory_limit
from edgebench.host.cgroup.threads import threads_limit

_EXHAUSTED = ("bad_alloc", "Resource temporarily unavailable", "start new thread", "llocate memory")


def exhaustion(error: BaseException) -> str:
    """Return what a runtime's error says of memory or threads, to be appended; else nothing."""
    if not isinstance(error, MemoryError) and not any(each in str(error) for each in _EXHAUSTED):
        return ""
    limits = [threads_limit()]
    threads, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if threads != resource.RLIM_INFINITY:
        limits.append(f"this user may have {threads:,} (`ulimit -u`)")
    counted = " and ".join(filter(None, limits))
    few = f" ({counted})" if counted else ""
    return f": no more memory or threads may be had{few}{memory_limit()}"
