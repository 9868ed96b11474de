"""Keeping this process's memory small: on a small board it counts.

Both are glibc's; where there is another C library (musl), nothing is done.
"""

from __future__ import annotations

import ctypes
import gc

MAPPED_BYTES = 4 * 2**20
"""Larger blocks are mapped one by one, and given back when they are freed. A system under test that
took one an inference would pay for it each time, but little compared with filling so much."""
_M_MMAP_THRESHOLD = -3  # of malloc.h


def map_large_blocks() -> None:
    """Hold glibc to `MAPPED_BYTES`, for as long as this process lives.

    Left alone it takes blocks of up to 32 MB from its heap once it has seen such a one freed, and
    LoadGen's growing lists of queries leave holes there: 5 MB per run.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, MAPPED_BYTES)


def give_back() -> None:
    """Let the machine have what was freed.

    Objects that hold each other wait for Python's collector, half a megabyte a LoadGen test; and
    a thread that has ended leaves its arena to a thread to come, 5 MB after a quick test.
    """
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
