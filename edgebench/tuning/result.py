"""The result of tuning, as a Python user holds it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from edgebench.text.html_table import html_table
from edgebench.tuning.texts import chosen_text, finalist_rows
from edgebench.tuning.tune import Tuned


class Tuning(NamedTuple):
    """The result of `tune`, with every trial; and the file that it is kept in."""

    found: Tuned
    path: Path

    def __repr__(self) -> str:
        """Show what was chosen, and where it is kept."""
        found = self.found
        return f"<Tuning: {found.model}, {found.objective}: {found.chosen}; {self.path}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: a row per finalist, and what was chosen."""
        return html_table(finalist_rows(self.found), (chosen_text(self.found), *self.found.notes))
