"""Runs that are resumed, and what an interrupted one says there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import edgebench
from edgebench.errors import (
    DiskFull,
    Interrupted,
    ResumeMismatch,
    SutFailed,
    UsageError,
)
from edgebench.harness.progress import Silent
from edgebench.harness.run.run_record import start_record
from edgebench.harness.run.session import resume, run_request
from edgebench.rundir.reader import read_run
from edgebench.rundir.search import find_runs
from edgebench.rundir.writer import RunDirectory
from tests.harness.made_suts import MadeSut, factory
from tests.harness.quick_runs import (
    EVERY_MODE,
    breakable,
    modes_done,
    quick,
)
from tests.models.made_models import dense_model


def test_there_is_nothing_to_resume_in_an_empty_folder_or_in_none(tmp_path: Path) -> None:
    with pytest.raises(ResumeMismatch, match="no interrupted run"):
        resume(tmp_path)
    with pytest.raises(ResumeMismatch, match="no such folder"):
        resume(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_a_run_is_resumed_only_with_the_model_it_began_with(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(dense_model((8, 3)).to_bytes())
    request = quick(model=str(model), modes=("performance",))
    with pytest.raises(SutFailed):
        run_request(request, tmp_path, factory=factory(breakable().sut))
    model.write_bytes(dense_model((8, 3), seed=2).to_bytes())
    with pytest.raises(ResumeMismatch, match="model's SHA-256 was"):
        resume(tmp_path, factory=factory(MadeSut(lambda *_: 0.001)))


def test_a_failed_run_is_resumed_with_what_is_missing(tmp_path: Path) -> None:
    made = breakable()
    request = quick(modes=("performance", "accuracy"), model="digits-resnet8")
    with pytest.raises(SutFailed):
        run_request(request, tmp_path, factory=factory(made.sut))
    # SingleStream loads twice, so its accuracy is what fails.
    before = {run.record.scenario: run for run in map(read_run, find_runs(tmp_path))}
    assert modes_done(before["SingleStream"].record) == ("performance",)
    assert modes_done(before["Offline"].record) == ()
    made.is_broken = False
    # A damaged neighbour must not stand in the way.
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    result = resume(tmp_path, factory=factory(made.sut))
    assert [run.record.scenario for run in result.runs] == ["SingleStream", "Offline"]
    for run in result.runs:
        assert not run.is_partial
        assert modes_done(run.record) == ("performance", "accuracy")
    kept = before["SingleStream"].record.performance
    assert kept is not None
    assert result.runs[0].record.performance == kept
    with pytest.raises(ResumeMismatch, match=r"no interrupted run to resume$"):
        resume(tmp_path)


def test_an_interrupted_run_of_a_newer_edgebench_is_named(tmp_path: Path) -> None:
    request = quick(modes=("performance", "accuracy"), model="digits-resnet8")
    with pytest.raises(SutFailed):
        run_request(request, tmp_path, factory=factory(breakable().sut))
    path, *more = find_runs(tmp_path)
    for each in (path, *more):
        record = json.loads((each / "run.json").read_text())
        record["request"]["novelty"] = 1
        (each / "run.json").write_text(json.dumps(record))
    with pytest.raises(
        ResumeMismatch,
        match=rf"no interrupted run to resume: {path}.*`request\.novelty` is unknown",
    ):
        resume(tmp_path)


def test_a_run_that_ended_while_its_directories_were_made_is_resumed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = breakable()
    request = quick(modes=("performance", "accuracy"), model="digits-resnet8")
    begun: list[str] = []

    def once(*arguments: object) -> RunDirectory:
        if begun:
            raise DiskFull("no space left")
        begun.append(str(arguments[-1]))
        return start_record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("edgebench.harness.run.session.start_record", once)
    with pytest.raises(DiskFull):
        run_request(request, tmp_path, factory=factory(made.sut))
    monkeypatch.undo()
    assert [path.name.endswith(".partial") for path in find_runs(tmp_path)] == [True]
    made.is_broken = False
    result = resume(tmp_path, factory=factory(made.sut))
    assert [run.record.scenario for run in result.runs] == ["SingleStream", "Offline"]
    assert [run.is_partial for run in result.runs] == [False, False]


class Stopped(Silent):
    """A user who presses Ctrl-C when a stage of some name begins."""

    def __init__(self, stage: str, first: Callable[[], None] = lambda: None) -> None:
        self.stage_name = stage
        self.first = first

    def stage(self, title: str, seconds: float | None) -> None:
        if title == self.stage_name:
            self.first()
            raise KeyboardInterrupt


def test_an_interrupted_audit_is_run_again_and_those_before_it_are_not(tmp_path: Path) -> None:
    request = quick(scenarios=("offline",), modes=EVERY_MODE, model="digits-resnet8")
    sut = factory(MadeSut(lambda *_: 0.0001))
    with pytest.raises(Interrupted, match=r"What was measured is kept in .*edgebench\.resume"):
        run_request(request, tmp_path, Stopped("Offline TEST05"), sut)
    (partial,) = map(read_run, find_runs(tmp_path))
    before = partial.record.compliance
    assert [audit.name for audit in before] == ["TEST01", "TEST04"]
    (run,) = resume(tmp_path, factory=sut).runs
    assert [audit.name for audit in run.record.compliance] == ["TEST01", "TEST04", "TEST05"]
    assert run.record.compliance[:2] == before


def test_ctrl_c_says_what_there_is(tmp_path: Path) -> None:
    sut = factory(MadeSut(lambda *_: 0.0001))
    request = quick(
        scenarios=("offline",), modes=("performance", "accuracy"), model="digits-resnet8"
    )
    warming = "warming up digits-resnet8:int8"
    with pytest.raises(Interrupted, match=r"^Interrupted before anything was measured$"):
        run_request(request, tmp_path, Stopped(warming), sut)
    assert not list(find_runs(tmp_path))
    with pytest.raises(Interrupted, match="What was measured is kept"):
        run_request(request, tmp_path, Stopped("Offline accuracy"), sut)
    with pytest.raises(Interrupted, match=r"What was measured is kept in .*edgebench\.resume"):
        resume(tmp_path, Stopped(warming), sut)
    (run,) = resume(tmp_path, factory=sut).runs
    assert modes_done(run.record) == ("performance", "accuracy")


class Slow(MadeSut):
    """Ctrl-C comes while it is closed."""

    def close(self) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_while_the_system_is_closed_says_what_there_is(tmp_path: Path) -> None:
    sut = factory(Slow(lambda *_: 0.0001))
    request = quick(scenarios=("offline",), modes=("performance",), model="digits-resnet8")
    with pytest.raises(Interrupted, match="when all had been measured; it is in"):
        run_request(request, tmp_path / "whole", factory=sut)
    assert not any(read_run(path).is_partial for path in find_runs(tmp_path / "whole"))
    with pytest.raises(Interrupted, match="What was measured is kept"):  # the second Ctrl-C
        run_request(request, tmp_path / "half", Stopped("Offline performance"), sut)
    (run,) = map(read_run, find_runs(tmp_path / "half"))
    assert run.record.events[-1]["what"] == "interrupted by Ctrl-C"


def test_a_bound_that_no_rate_can_hold_leaves_nothing_to_resume(tmp_path: Path) -> None:
    request = quick(
        scenarios=("server",), find_peak=True, latency_bound_ms=0.1, model="digits-resnet8"
    )
    with pytest.raises(UsageError, match=r"one inference takes .* no rate holds"):
        run_request(request, tmp_path, factory=factory(MadeSut(lambda *_: 0.001)))
    assert not list(find_runs(tmp_path))


def test_the_api_is_the_session(tmp_path: Path) -> None:
    result = edgebench.run(
        "digits-resnet8", scenarios=["offline"], modes=["performance"], duration_s=0.2, out=tmp_path
    )
    (row,) = edgebench.summarize([tmp_path]).rows
    assert row.run == str(result.runs[0].path)
    assert edgebench.show("digits-resnet8").facts.macs > 0
    assert json.loads((result.runs[0].path / "run.json").read_text())["request"]["model"]
