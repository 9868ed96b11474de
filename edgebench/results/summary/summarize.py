"""Runs in one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.results.export import to_frame
from edgebench.results.summary.columns import COLUMNS, flat
from edgebench.results.summary.row import SummaryRow, summary_row
from edgebench.results.summary.texts import RATES, markdown_rows
from edgebench.rundir.search import read_all_runs
from edgebench.text.brief import in_brief
from edgebench.text.html_table import html_table

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class Summary:
    """Rows of the runs that could be read, and what was wrong with those that could not."""

    rows: tuple[SummaryRow, ...]
    errors: tuple[str, ...] = ()

    def in_words(self) -> list[str]:
        """Return one line per row: what ran, how fast it was, how it ended."""
        lines = []
        for texts in markdown_rows(self.rows):
            speeds = [f"{name} {texts[name]}" for name in ("p90",) if texts[name]]
            speeds += [f"{texts[name]} {name}" for name in RATES if texts[name]]
            shown = (*speeds, texts["accuracy"], texts["verdict"])
            lines.append(f"{texts['model']} {texts['scenario']}: {', '.join(filter(None, shown))}")
        return lines

    def __repr__(self) -> str:
        """Show one line for each row."""
        errors = [f"{len(self.errors)} could not be read"] if self.errors else []
        lines = [in_brief(self.in_words())] if self.rows else []
        return f"<Summary: {'; '.join((*lines, *errors)) or 'no runs'}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows, and below it what could not be read."""
        return html_table(markdown_rows(self.rows), self.errors)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with one row per run, and the columns of the CSV.

        Raises
        ------
        RuntimeMissing
            If pandas is not installed.
        """
        return to_frame(map(flat, self.rows), COLUMNS)


def summarize(paths: Iterable[Path]) -> Summary:
    """Read run directories, or folders of them, into a summary.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory at all below one of the paths.
    """
    found = read_all_runs(paths)
    return Summary(tuple(summary_row(run) for run in found.runs), found.errors)
