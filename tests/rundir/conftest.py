"""A record to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgebench.harness.run.session import CompletedRuns
from edgebench.rundir.reader import read_run
from edgebench.rundir.records.run import RunRecord


@pytest.fixture
def record(finished: CompletedRuns) -> RunRecord:
    """Return the record of a run that is not complete."""
    return replace(read_run(finished.runs[0].path).record, state="partial")
