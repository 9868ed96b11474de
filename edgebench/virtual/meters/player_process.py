"""The process that plays a meter, as the host sees it."""

from __future__ import annotations

import select
import subprocess
from collections.abc import Sequence

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.virtual.announce import start_player

STOP_S = 2.0
ANSWER_S = 5.0
PROMPT_NS = 1_000_000
"""Files that were written longer ago are written again: a busy machine let us wait."""
TRIES = 5


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

    def write_files(self) -> None:
        """Have its files written anew; they are of now, unless the machine is very busy.

        Raises
        ------
        MeterLost
            If it has ended, or does not answer.
        """
        for _ in range(TRIES):
            if now_ns() - self._written_ns() < PROMPT_NS:
                return

    def _written_ns(self) -> int:
        asked, answers = self._process.stdin, self._process.stdout
        try:
            if asked is not None and answers is not None:
                asked.write("\n")
                asked.flush()
                if select.select([answers], [], [], ANSWER_S)[0]:
                    return int(answers.readline())
        except (OSError, ValueError) as error:
            raise MeterLost("virtual: the process that plays the meter has ended") from error
        raise MeterLost("virtual: the process that plays the meter does not answer")

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
