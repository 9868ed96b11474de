"""The process that plays a meter, as the host sees it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterNotFound
from edgebench.virtual.announce import start_player

STOP_S = 2.0


class Played(CloseOnExit):
    """A context manager: a process that plays a meter; ``place`` is where.

    Parameters
    ----------
    words
        ``key=value``: its faults, and the marker's socket.
    """

    def __init__(self, name: str, words: Sequence[str]) -> None:
        words = [name, *words]
        self._process, self.place = start_player("edgebench.virtual.meters", words)
        if not self.place:
            self.close()
            raise MeterNotFound(f"virtual: the process that plays {name} did not start")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
