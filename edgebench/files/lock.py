"""Hold a folder for this process alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edgebench.errors import EdgebenchError
from edgebench.files.disk import disk_errors


@contextmanager
def held(
    lock_file: Path, busy: Callable[[str], EdgebenchError], *, wait_s: float = 0.0
) -> Iterator[None]:
    """Hold a lock file, which names this process, while the block runs.

    The folder is made if it is missing. The file stays; a lock ends with its process, however
    that ends.

    Parameters
    ----------
    busy
        Makes the error for when another process holds it; is given which, such as ``process 71``.
    wait_s
        How long another process may hold it.

    Raises
    ------
    EdgebenchError
        What ``busy`` makes, or that the file can't be written.
    DiskFull
        If there is no space for it.
    """
    # A megabyte that only what writes needs.
    from filelock import FileLock, Timeout

    with disk_errors(lock_file.parent):
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lock_file, thread_local=False)
        try:
            lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise busy(_holder(lock_file)) from error
    try:
        with disk_errors(lock_file.parent):
            _write_holder(lock_file)
        yield
    finally:
        lock.release()


def _write_holder(lock_file: Path) -> None:
    # Unbuffered: on a full disk nothing is left to be flushed once more when the error goes up.
    with lock_file.open("r+b", buffering=0) as file:
        file.truncate()
        file.write(f"{os.getpid()}\n".encode())


def _holder(lock_file: Path) -> str:
    try:
        with lock_file.open(encoding="ascii", errors="replace") as file:
            number = file.read(40).strip()
    except OSError:
        number = ""
    return f"process {number}" if number.isdigit() else "a process of unknown number"
