"""Packages whose files are made on this machine, out of nothing but a program.

They have no hash: another version of the program makes others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgebench.datasets.wake_words import make_wake_words


@dataclass(frozen=True)
class MadeHere:
    """The files that are made in a package's folder, and what makes them."""

    files: tuple[str, ...]
    make: Callable[[Path], object]

    def missing(self, folder: Path) -> bool:
        """Return whether they are not all there."""
        return not all((folder / each).is_file() for each in self.files)


MADE_HERE: Mapping[str, MadeHere] = {
    "wake-words": MadeHere(("long_wav.wav", "sww_long_test.json"), make_wake_words)
}
"""By what the catalog calls it."""
