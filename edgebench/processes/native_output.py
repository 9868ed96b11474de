"""Catch what native libraries print to standard error, where it would spoil a table."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def captured_stderr() -> Iterator[list[str]]:
    """Catch what is written to file descriptor 2 while the block runs.

    Python's own writes of that time are caught too, so keep the block short. The lines are in
    the list once the block has ended.
    """
    lines: list[str] = []
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield lines
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            text = file.read().decode("utf-8", "replace")
            lines += [line.strip() for line in text.splitlines() if line.strip()]
