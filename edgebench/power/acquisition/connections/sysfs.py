"""Read the kernel's numbers fast: each file is opened once."""

from __future__ import annotations

import os
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.files.refusals import refusal
from edgebench.text.printable import quoted

ROOT_VARIABLE = "EDGEBENCH_SYSFS"
"""Names another root than ``/``, for trees that stand in for a board's."""


def root() -> Path:
    """Return where ``sys`` is."""
    return Path(os.environ.get(ROOT_VARIABLE, "/"))


class Counter:
    """A file with one number: read from its beginning each time."""

    def __init__(self, path: Path, scale: float = 1.0) -> None:
        self.path = path
        self._scale = scale
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except PermissionError as error:
            raise MeterNotFound(f"{path} can't be read: `sudo chmod a+r {path}`") from error
        except OSError as error:
            raise MeterNotFound(f"{path} can't be read: {refusal(error)}") from error

    def value(self) -> float:
        """Return the number, scaled.

        Raises
        ------
        MeterLost
            If it can't be read any more.
        """
        try:
            text = os.pread(self._descriptor, 64, 0)
        except OSError as error:
            raise MeterLost(f"{self.path} can't be read any more: {error.strerror}") from error
        try:
            return int(text) * self._scale
        except ValueError as error:
            raise MeterLost(
                f"{self.path} can't be read any more: it has {quoted(text)}, no number"
            ) from error

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


class Counters(CloseOnExit):
    """A context manager that closes several."""

    def __init__(self) -> None:
        self._open: list[Counter] = []

    def add(self, path: Path, scale: float = 1.0) -> Counter:
        """Open one more."""
        counter = Counter(path, scale)
        self._open.append(counter)
        return counter

    def close(self) -> None:
        """Close them."""
        for counter in self._open:
            counter.close()
        self._open.clear()


def number(path: Path) -> int | None:
    """Return a file's whole number; None where there is none."""
    try:
        return int(text(path))
    except ValueError:
        return None


def text(path: Path) -> str:
    """Return a file's text without the end of its line; nothing where there is none."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
