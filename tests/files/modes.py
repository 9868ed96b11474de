"""Be held to the modes of files, as every user but root is."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

CAPABILITY_VERSION = 0x20080522
READS_ALL = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root reads and writes what modes forbid."""


@contextmanager
def held_to_modes() -> Iterator[None]:
    """Be held to the modes of files, as every user but root is, also where root runs the tests."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    assert libc.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~READS_ALL
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0
