"""Fixtures of several modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench import api
from edgebench.harness.run.session import CompletedRuns
from tests.results.made_runs import as_official
from tests.results.submitted import MODELS, filled


@pytest.fixture
def official(finished: CompletedRuns, tmp_path: Path) -> Path:
    """A folder with what looks like two official runs."""
    for run in finished.runs:
        as_official(run.path, tmp_path / "runs" / run.record.scenario)
    return tmp_path / "runs"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system.toml that is filled in."""
    return filled(api.init_submission("inference", system=tmp_path / "system.toml"), MODELS)
