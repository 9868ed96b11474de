"""Files as the kernel shows them, kept up to date while they are open."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit

STALE = "-" * 16
"""The content of a file that its driver can't read any more."""


class Tree(CloseOnExit):
    """A context manager: files that a thread writes again and again, each in one write.

    Parameters
    ----------
    texts
        Returns each file's current text.
    """

    def __init__(
        self, files: dict[Path, str], texts: Callable[[], dict[Path, str]], step_s: float
    ) -> None:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        self._texts, self._step_s = texts, step_s
        self._open = {path: os.open(path, os.O_RDWR | os.O_CREAT, 0o644) for path in texts()}
        self._write()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="virtual tree", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; the files stay as they are."""
        self._done.set()
        self._thread.join()
        for descriptor in self._open.values():
            os.close(descriptor)

    def _work(self) -> None:
        next_s = time.monotonic()
        while not self._done.wait(max(next_s - time.monotonic(), 0)):
            next_s = max(next_s + self._step_s, time.monotonic())
            self._write()

    def _write(self) -> None:
        for path, text in self._texts().items():
            os.pwrite(self._open[path], f"{text}\n".encode(), 0)
