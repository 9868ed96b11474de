"""Keeping this process's memory small: on a small board it counts.

Both are glibc's; where there is another C library (musl), nothing is done.
"""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

MAPPED_BYTES = 128 * 2**10
"""Larger blocks of memory are mapped one by one, and given back when they are freed."""
_M_MMAP_THRESHOLD = -3  # of malloc.h


def map_large_blocks() -> None:
    """Hold glibc to `MAPPED_BYTES`, its own default.

    Once it has seen larger blocks freed it takes the next ones from its heap, where LoadGen's
    growing lists of queries leave holes: 5 MB a run.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, MAPPED_BYTES)


def give_back() -> None:
    """Let the machine have what was freed.

    Objects that hold each other wait for Python's collector, half a megabyte a LoadGen test; and
    a thread that has ended leaves its arena to a thread to come, 5 MB after a quick test.
    """
    gc.collect()
    _call("malloc_trim", 0)


def available_bytes(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Return how much memory can be had without harm to others, with swap; None if nobody says."""
    try:
        lines = [line.split() for line in meminfo.read_text(encoding="utf-8").splitlines()]
        sizes = {words[0]: int(words[1]) * 1024 for words in lines}
        return sizes["MemAvailable:"] + sizes.get("SwapFree:", 0)
    except (OSError, ValueError, IndexError, KeyError):
        return None


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
