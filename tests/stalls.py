"""Do again what a machine that stood still has spoilt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self, TypeVar

from edgebench.close_on_exit import CloseOnExit
from tests.reruns import note_repeat

T = TypeVar("T")
PERIOD_S = 0.005
TRIES = 3
LONGEST_S = 0.1
"""A program that reads in real time, a few times a second, bears less than this."""


class Stalls(CloseOnExit):
    """A context manager that notices for how long this process was kept from a processor."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stalls", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop watching."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._done.wait(PERIOD_S):
            now = time.monotonic()
            self.longest_s = max(self.longest_s, now - before - PERIOD_S)
            before = now


def undisturbed(measure: Callable[[], T]) -> T:
    """Return what a measurement in real time gives; do it again if the machine stood still.

    This looks at the machine only, never at the result: after the last try that stands. Each
    repeat is counted, and the end of the run says how many there were.
    """
    for _ in range(TRIES - 1):
        with Stalls() as stalls:
            found = measure()
        if stalls.longest_s < LONGEST_S:
            return found
        note_repeat()
    return measure()
