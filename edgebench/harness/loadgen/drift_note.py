"""Record a trend of latency or power within a performance test."""

from __future__ import annotations

from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.rundir.records.drift import DriftRecord
from edgebench.statistics.drift import Drift

LATENCY_DRIFT, POWER_DRIFT = "latency", "power"


def note_drift(runner: TestRunner, what: str, drift: Drift | None) -> None:
    """Put a trend into the run's record, in place of an older one of its kind."""
    kept = [each for each in runner.directory.record.drift if each.what != what]
    if drift is not None:
        kept.append(DriftRecord(what, drift.share, drift.p_value, drift.matters))
    runner.directory.record.drift = kept
