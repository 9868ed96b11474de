"""A run to compare others with."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.harness.run.session import CompletedRuns


@pytest.fixture
def stream(finished: CompletedRuns) -> Path:
    """A finished SingleStream run."""
    return next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
