"""The result of a run, as a Python user holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgebench.errors import UsageError
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.rundir.reader import CompletedRuns, Run
from edgebench.text.brief import in_brief

if TYPE_CHECKING:
    from pandas import DataFrame

    from edgebench.results.summary.summarize import Summary


@dataclass(frozen=True, repr=False)
class RunResult:
    """The runs of a request, as a notebook holds them.

    ``result["offline"]`` is a scenario's; a notebook shows a table.

    Attributes
    ----------
    runs
        The run directories, in the order they were asked for.
    left_out
        A sentence about each default scenario that has no tuned settings, of a run with these.
    """

    runs: tuple[Run, ...]
    left_out: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether no result is INVALID and no audit failed."""
        return CompletedRuns(self.runs).valid

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __getitem__(self, scenario: ScenarioName) -> Run:
        """Return the run of a scenario.

        Raises
        ------
        UsageError
            If it was not run, or several times, as in a sweep.
        """
        found = [run for run in self.runs if run.record.scenario.lower() == scenario.lower()]
        if not found:
            there = dict.fromkeys(run.record.scenario.lower() for run in self.runs)
            raise UsageError.unknown("scenario", scenario, there)
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} runs are of {scenario!r}: choose one of `runs`", field="scenario"
            )
        return found[0]

    def __repr__(self) -> str:
        """Show one line for each run: what ran, how fast it was, how it ended."""
        return f"<RunResult: {in_brief(self._summary().in_words()) or 'no runs'}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return self._summary()._repr_html_()

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with one row per run: `edgebench.types.Summary.to_frame`.

        Raises
        ------
        RuntimeMissing
            If pandas is not installed.
        """
        return self._summary().to_frame()

    def _summary(self) -> Summary:
        from edgebench.results.summary.row import summary_row
        from edgebench.results.summary.summarize import Summary

        return Summary(tuple(summary_row(run) for run in self.runs))
