"""Systems that fail, cheat or stall: what a run says of them, and what it keeps."""

from __future__ import annotations

import shutil
from collections import deque
from pathlib import Path

import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import (
    MemoryShort,
    RunDirectoryGone,
    SutFailed,
    UsageError,
)
from edgebench.harness.modes import peak
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.mlperf.loadgen.detail import DETAIL_FILE
from edgebench.rundir.reader import read_run
from edgebench.rundir.search import find_runs
from tests.harness.made_suts import MadeSut, factory
from tests.harness.quick_runs import (
    ALL,
    EVERY_MODE,
    PATIENT_MS,
    breakable,
    modes_done,
    quick,
)


def test_a_failing_system_stops_the_run_and_keeps_what_was_measured(tmp_path: Path) -> None:
    request = quick(modes=("performance",), model="digits-resnet8")
    with pytest.raises(SutFailed, match="RuntimeError: the cable is out"):
        run_request(request, tmp_path, factory=factory(breakable().sut))
    stream, offline = sorted(
        (read_run(path) for path in find_runs(tmp_path)), key=lambda run: run.is_partial
    )
    assert modes_done(stream.record) == ("performance",)
    assert not stream.is_partial
    assert modes_done(offline.record) == ()
    assert offline.is_partial
    assert "the cable is out" in offline.record.events[-1]["what"]


class Removing(Silent):
    """Remove the folder of a test's logs just before LoadGen would open them."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def stage(self, title: str, seconds: float | None) -> None:
        if title == "SingleStream performance":
            (folder,) = self._out.glob("*.partial/performance")
            shutil.rmtree(folder)


def test_a_folder_that_goes_before_loadgen_opens_its_logs_is_said(tmp_path: Path) -> None:
    """LoadGen itself would end the process by SIGABRT."""
    with pytest.raises(RunDirectoryGone, match="performance was removed or moved"):
        run_request(quick(model="digits-resnet8"), tmp_path, Removing(tmp_path))


def test_a_system_that_fails_while_it_is_warmed_up_leaves_nothing_to_resume(
    tmp_path: Path,
) -> None:
    def takes(index: int, runs: int) -> float:
        raise RuntimeError("no")

    with pytest.raises(SutFailed, match="RuntimeError: no"):
        run_request(quick(model="digits-resnet8"), tmp_path, factory=factory(MadeSut(takes)))
    assert not list(find_runs(tmp_path))


@pytest.mark.parametrize("scenario", ALL)
def test_a_test_that_would_not_fit_into_memory_is_refused(tmp_path: Path, scenario: str) -> None:
    """A year of queries: the kernel would end the process, and nobody would say why."""
    request = quick(scenarios=(scenario,), model="digits-resnet8", duration_s=3e7)
    with pytest.raises(MemoryShort, match=r"take [0-9,]+ MiB; [0-9,]+ are available.*`duration_s`"):
        run_request(request, tmp_path, factory=factory(MadeSut(lambda *_: 0.0001)))
    (path,) = find_runs(tmp_path)
    assert read_run(path).is_partial


@pytest.mark.timed
@pytest.mark.parametrize("scenario", ALL)
def test_answers_kept_from_an_earlier_query_are_found(tmp_path: Path, scenario: str) -> None:
    """A cheat that is fast on what it has seen of late: TEST04 must fail it."""
    recent: deque[int] = deque(maxlen=16)

    def takes(index: int, _: int) -> float:
        seen = index in recent
        recent.append(index)
        return 0.00001 if seen else 0.0001

    bound = PATIENT_MS if scenario == "server" else None
    request = quick(
        scenarios=(scenario,), modes=EVERY_MODE, model="digits-resnet8", latency_bound_ms=bound
    )
    result = run_request(request, tmp_path, factory=factory(MadeSut(takes)))
    audits = {audit.name: audit for audit in result.runs[0].record.compliance}
    assert not audits["TEST04"].passed
    assert "faster than the measured run" in audits["TEST04"].reason
    assert len(audits["TEST04"].gains) == 5
    assert not result.valid


def test_answers_that_are_better_when_accuracy_is_measured_are_found(tmp_path: Path) -> None:
    """A cheat that answers well only as long as accuracy mode would ask: TEST01 must fail it."""
    count = load_dataset("digits").count

    def answers(index: int, since_load: int) -> int:
        return index if since_load <= count else index + 1

    # Long enough for more queries than there are samples, on a machine that is 25 times as slow.
    request = quick(
        scenarios=("singlestream",), modes=EVERY_MODE, model="digits-resnet8", duration_s=1.5
    )
    result = run_request(request, tmp_path, factory=factory(MadeSut(lambda *_: 0.0001, answers)))
    audit = result.runs[0].record.compliance[0]
    assert audit.name == "TEST01"
    assert not audit.passed
    assert "differ from accuracy mode's" in audit.reason


@pytest.mark.timed
def test_an_audit_that_one_stall_makes_invalid_is_run_again(tmp_path: Path) -> None:
    """In Server all 1000 queries arrive in a second: a stall of three makes them all late.

    The bound is so wide that no stall of a machine that is shared comes near it.
    """
    stalls = deque([3.0])

    def takes(index: int, runs: int) -> float:
        # Calibration, performance and accuracy load their samples first.
        return stalls.pop() if stalls and sut.loads == 4 else 0.00002

    sut: MadeSut = MadeSut(takes)
    request = quick(
        scenarios=("server",),
        modes=EVERY_MODE,
        model="digits-resnet8",
        target_qps=1000.0,
        latency_bound_ms=1500.0,
    )
    (run,) = run_request(request, tmp_path, factory=factory(sut)).runs
    said = [event["what"] for event in run.record.events]
    (again,) = [each for each in said if "LoadGen calls it INVALID" in each]
    assert again.startswith("TEST01: ")
    assert (run.path / "set-aside" / "compliance-TEST01-1" / DETAIL_FILE).is_file()
    assert not any("INVALID" in audit.reason for audit in run.record.compliance)


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a step of the search for the peak as short as LoadGen's least number of queries."""
    monkeypatch.setattr(peak, "STEP_MS", 500)


@pytest.mark.timed
@pytest.mark.slow
@pytest.mark.usefixtures("short_steps")
def test_the_peak_rate_is_searched_and_every_step_is_kept(tmp_path: Path) -> None:
    request = quick(
        scenarios=("server",),
        modes=("performance",),
        find_peak=True,
        latency_bound_ms=20.0,
        model="digits-resnet8",
    )
    sut = MadeSut(lambda *_: 0.0005)
    (run,) = run_request(request, tmp_path, factory=factory(sut)).runs
    performance = run.record.performance
    assert performance is not None
    assert performance.target_qps is not None
    assert performance.valid
    # 0.5 ms of service: 2000/s is the most, and queues make less of it.
    assert 600 < performance.target_qps < 2080
    assert len(run.record.peak_search) > 4
    assert {step.met for step in run.record.peak_search} == {True, False}
    for step in run.record.peak_search:
        assert (run.path / step.folder / "mlperf_log_detail.txt").is_file()


@pytest.mark.slow
@pytest.mark.usefixtures("short_steps")
def test_a_search_that_can_find_no_rate_ends(tmp_path: Path) -> None:
    def request(bound_ms: float) -> RunRequest:
        return quick(
            scenarios=("server",),
            modes=("performance",),
            find_peak=True,
            model="digits-resnet8",
            latency_bound_ms=bound_ms,
        )

    with pytest.raises(UsageError, match="one inference takes"):
        run_request(request(0.1), tmp_path, factory=factory(MadeSut(lambda *_: 0.001)))
    # One sample in ten takes longer than the bound: a p99 can't be held at any rate.
    sut = MadeSut(lambda index, _: 0.001 if index % 10 == 0 else 0.00005)
    (run,) = run_request(request(0.5), tmp_path, factory=factory(sut)).runs
    assert run.record.performance is not None
    assert not run.record.performance.valid
    assert any("no rate down to" in event["what"] for event in run.record.events)


def test_a_server_that_cannot_hold_its_bound_is_invalid_with_the_reason(tmp_path: Path) -> None:
    request = quick(
        scenarios=("server",), modes=("performance",), latency_bound_ms=1.0, target_qps=1000.0
    )
    sut = MadeSut(lambda *_: 0.002)
    result = run_request(request, tmp_path, factory=factory(sut))
    performance = result.runs[0].record.performance
    assert performance is not None
    assert not performance.valid
    assert "the latency bound was not met" in performance.reasons
    assert not result.valid
