"""Files as the kernel shows them: each has its content from when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit

STALE = "-" * 16
"""The content of a file that its driver can't read any more."""


class Tree(CloseOnExit):
    """A context manager: files that are written anew before each reading, each in one write.

    A thread that wrote them at its own pace would be late on a busy machine, as no converter is.

    Parameters
    ----------
    texts
        Returns each file's current text.
    """

    def __init__(self, files: dict[Path, str], texts: Callable[[], dict[Path, str]]) -> None:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        self._texts = texts
        self._open = {path: os.open(path, os.O_RDWR | os.O_CREAT, 0o644) for path in texts()}
        self.write()

    def write(self) -> None:
        """Let the files have what there is now."""
        for path, text in self._texts().items():
            os.pwrite(self._open[path], f"{text}\n".encode(), 0)

    def close(self) -> None:
        """Close them; they stay as they are."""
        for descriptor in self._open.values():
            os.close(descriptor)


@dataclass(frozen=True)
class Conversions:
    """A converter that runs freely: it has a value for each period since it was started."""

    began_ns: int
    period_ns: int

    @classmethod
    def from_now(cls, period_s: float) -> Conversions:
        """Return one that starts now."""
        return cls(now_ns(), round(period_s * 1e9))

    def last(self) -> int:
        """Return the number of the last one that is complete; the first lies before the start."""
        return (now_ns() - self.began_ns) // self.period_ns

    def span_ns(self, number: int) -> tuple[int, int]:
        """Return between which moments one was made."""
        end = self.began_ns + number * self.period_ns
        return end - self.period_ns, end
