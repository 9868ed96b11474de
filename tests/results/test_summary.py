from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from edgebench.errors import RunDirectoryInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.export import to_csv, to_json
from edgebench.results.summary import SummaryRow, summarize


@pytest.fixture
def rows(finished: CompletedRuns) -> tuple[SummaryRow, ...]:
    return summarize([finished.runs[0].path.parent]).rows


def test_a_row_has_what_the_record_has(
    rows: tuple[SummaryRow, ...], finished: CompletedRuns
) -> None:
    by_scenario = {row.scenario: row for row in rows}
    for run in finished.runs:
        performance, accuracy = run.record.performance, run.record.accuracy
        row = by_scenario[run.record.scenario]
        assert performance is not None
        assert accuracy is not None
        assert row.samples_per_second == performance.samples_per_second
        assert row.accuracy == accuracy.value
        assert row.verdict == ("VALID" if run.record.valid else "INVALID")
        assert row.quick
    stream, offline = by_scenario["SingleStream"], by_scenario["Offline"]
    assert stream.p50_ns is not None
    assert stream.p90_ns is not None
    assert stream.p50_ns <= stream.p90_ns
    # Offline's one query is the test: its "latency" would mislead.
    assert offline.p50_ns is None
    assert offline.overhead_ns is None
    assert offline.overhead_share is not None


def test_json_and_csv_say_the_same(rows: tuple[SummaryRow, ...]) -> None:
    from_json = json.loads(to_json(rows))
    from_csv = list(csv.DictReader(io.StringIO(to_csv(rows, SummaryRow))))
    assert len(from_json) == len(from_csv) == len(rows)
    for one, other in zip(from_json, from_csv, strict=True):
        assert list(one) == list(other)
        assert float(other["samples_per_second"]) == one["samples_per_second"]
        assert other["scenario"] == one["scenario"]


def test_a_damaged_run_does_not_hide_the_others(
    tmp_path: Path, finished: CompletedRuns, rows: tuple[SummaryRow, ...]
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    summary = summarize([broken, finished.runs[0].path])
    assert len(summary.rows) == 1
    assert len(summary.errors) == 1
    assert "damaged" in summary.errors[0]


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryInvalid, match="no run directory is in it"):
        summarize([tmp_path])
    with pytest.raises(RunDirectoryInvalid, match="there is no such folder"):
        summarize([tmp_path / "nowhere"])
