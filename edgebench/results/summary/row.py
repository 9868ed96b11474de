"""A run as a row: its record, and a verdict over all of it."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.rundir.reader import Run
from edgebench.rundir.records.run import RunRecord, Verdict
from edgebench.text.brief import Brief

QUICK = "quick: not a submission"


@dataclass(frozen=True, repr=False)
class SummaryRow(Brief):
    """One run.

    Attributes
    ----------
    run
        Its directory.
    record
        What it recorded: run.json.
    verdict
        ``VALID`` or ``INVALID`` as LoadGen has it (a failed audit makes it INVALID too),
        ``partial`` for an interrupted run, ``none`` where no performance was measured.
    reasons
        Why it is INVALID.
    """

    run: str
    record: RunRecord
    verdict: Verdict
    reasons: tuple[str, ...]


def summary_row(run: Run) -> SummaryRow:
    """Return a run's row."""
    record = run.record
    loadgen = record.performance.reasons if record.performance else ()
    audits = (f"{a.name}: {a.reason}" for a in record.compliance if not a.passed)
    return SummaryRow(str(run.path), record, verdict_of(run), (*loadgen, *audits))


def verdict_of(run: Run) -> Verdict:
    """Return the verdict over all that a run measured."""
    return "partial" if run.is_partial else run.record.verdict
