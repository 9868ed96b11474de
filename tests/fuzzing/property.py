"""What must hold of whatever is read: edgebench's own errors only, in time, in our own words."""

from __future__ import annotations

import time
from collections.abc import Callable

from edgebench.errors import EdgebenchError

PYTHONS_OWN = (
    "invalid literal",
    "could not convert",
    "cannot convert",
    "Exceeds the limit",
    "Error(",
)
"""Words of Python that are no text for people."""
LEAST_S = 1.0
SECONDS_PER_BYTE = 40e-6
"""A megabyte in 40 s of CPU time: a hundred times what the slowest reader takes."""
LONGEST_MESSAGE = 20_000


def holds(read: Callable[[], object], size_bytes: int) -> None:
    """Read something of that size.

    Raises
    ------
    AssertionError
        If it takes longer than its size allows, or a message is not in our own words.
    Exception
        What is no error of edgebench's.
    """
    started = time.process_time()
    try:
        read()
    except EdgebenchError as error:
        said = str(error)
        assert not any(words in said for words in PYTHONS_OWN), said[:500]
        assert len(said) < LONGEST_MESSAGE, said[:500]
    spent_s = time.process_time() - started
    assert spent_s < LEAST_S + size_bytes * SECONDS_PER_BYTE, f"{spent_s:.1f} s, {size_bytes} bytes"
