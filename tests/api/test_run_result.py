"""A result as a Python user holds it: by scenario, as text, as a table, as a frame."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import edgebench
from edgebench.errors import RuntimeMissing, UsageError
from edgebench.harness.run.session import CompletedRuns
from edgebench.types import RunResult


@pytest.fixture
def result(finished: CompletedRuns) -> RunResult:
    return RunResult(finished.runs)


class Cells(HTMLParser):
    """The texts of a table's cells, and all tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_a_run_is_found_by_its_scenario(result: RunResult) -> None:
    assert result["offline"].record.scenario == "Offline"
    assert [run.record.scenario for run in result] == ["SingleStream", "Offline"]
    assert len(result) == 2
    with pytest.raises(UsageError, match="unknown value 'server'; choose from singlestream, off"):
        result["server"]
    swept = RunResult((*result.runs, *result.runs))
    with pytest.raises(UsageError, match="2 runs are of 'offline': choose one of `runs`"):
        swept["offline"]


def test_what_an_interpreter_shows_is_short_and_says_how_it_ended(result: RunResult) -> None:
    run = result["singlestream"]
    assert repr(run.record) == "<RunRecord: kws-ds-cnn:int8 SingleStream, VALID, quick>"
    assert repr(run) == f"<Run: kws-ds-cnn:int8 SingleStream, VALID, quick; {run.path}>"
    shown = repr(result)
    assert shown.startswith("<RunResult: kws-ds-cnn int8 SingleStream: p90 ")
    assert shown.count("% top-1, VALID, quick") == 2
    assert len(shown) < 250
    assert repr(RunResult(())) == "<RunResult: no runs>"
    performance = repr(run.record.performance)
    assert performance.startswith("PerformanceRecord(valid=True, score=")
    assert "overhead=OverheadRecord(...)" in performance
    assert len(performance) < 500
    partial = replace(run, record=replace(run.record, state="partial"))
    assert "partial" in repr(partial)


def test_a_record_is_what_run_json_says(result: RunResult) -> None:
    run = result["offline"]
    values = run.record.to_dict()
    assert values == json.loads((run.path / "run.json").read_text())
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert run.record.performance is not None
    assert run.record.performance.to_dict() == values["performance"]
    unbounded = replace(run.record.performance, score=float("nan"))
    assert unbounded.to_dict()["score"] is None


def test_a_notebook_shows_a_table_and_obeys_nothing_in_it(result: RunResult) -> None:
    cells = Cells(result._repr_html_()).cells
    assert {"model", "scenario", "p90", "samples/s", "accuracy", "verdict"} <= set(cells)
    assert {"SingleStream", "Offline", "VALID, quick"} <= set(cells)
    run = result["offline"]
    evil = "<script>alert(1)</script>&amp;"
    named = replace(run, record=replace(run.record, model=replace(run.record.model, name=evil)))
    shown = Cells(RunResult((named,))._repr_html_())
    assert shown.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert f"{evil} int8" in shown.cells


def test_a_summary_is_shown_with_what_could_not_be_read(result: RunResult) -> None:
    summary = edgebench.summarize(result)
    assert summary.rows[0].verdict == "VALID"
    assert summary._repr_html_() == result._repr_html_()
    damaged = replace(summary, errors=("x/run.json: damaged: <b>",))
    assert "<p>x/run.json: damaged: &lt;b&gt;</p>" in damaged._repr_html_()
    assert repr(damaged).endswith("1 could not be read>")


def test_a_frame_has_a_row_per_run(result: RunResult) -> None:
    frame = result.to_frame()
    assert list(frame["scenario"]) == ["SingleStream", "Offline"]
    assert frame["samples_per_second"].gt(0).all()
    assert frame["p90_ns"].notna().tolist() == [True, False]
    csv = edgebench.summarize(result).to_frame()
    assert list(csv.columns) == list(frame.columns)


def test_without_pandas_it_is_said_what_to_install(result: RunResult) -> None:
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "import edgebench\n"
        f"edgebench.summarize({str(result.runs[0].path)!r}).to_frame()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        f"{RuntimeMissing.__module__}.RuntimeMissing: a frame needs pandas: `pip install pandas`"
    )


def test_it_is_valid_as_what_a_session_returns(finished: CompletedRuns) -> None:
    assert RunResult(finished.runs).valid == finished.valid
