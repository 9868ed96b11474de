from __future__ import annotations

import json
import os
import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import edgebench
from edgebench.datasets.load import load_dataset
from edgebench.errors import (
    DatasetMismatch,
    DiskFull,
    Interrupted,
    MemoryShort,
    ResumeMismatch,
    RunDirectoryGone,
    StrayAuditConfig,
    SutFailed,
    UsageError,
)
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.run.run_record import start_record
from edgebench.harness.run.session import CompletedRuns, resume, run_request
from edgebench.harness.run.sweep import run_each
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.rounds import ROUND_SEEDS
from edgebench.models.card import model_cards
from edgebench.rundir.reader import read_run
from edgebench.rundir.records.run import RunRecord
from edgebench.rundir.search import find_runs
from edgebench.rundir.writer import RunDirectory
from tests.harness.made_suts import MadeSut, factory
from tests.mlperf.loadgen_config import read_config
from tests.models.made_models import dense_model

ALL = ("singlestream", "multistream", "server", "offline")
EVERY_MODE = ("performance", "accuracy", "compliance")
PATIENT_MS = 200.0
"""A Server bound for tests of something else: a shared machine may stall for more than 10 ms."""


def modes_done(record: RunRecord) -> tuple[str, ...]:
    """Return the modes whose results are in a record."""
    done = {
        "performance": record.performance,
        "accuracy": record.accuracy,
        "compliance": record.compliance,
        "energy": record.tiny_energy,
    }
    return tuple(mode for mode, result in done.items() if result)


def quick(**options: Any) -> RunRequest:
    return request_of(**{"duration_s": 0.3, "warmup_s": 0.05, **options})


def test_several_instances_live_where_each_scenario_is_served_best(tmp_path: Path) -> None:
    request = quick(
        scenarios=("singlestream", "offline", "server"), instances=2, latency_bound_ms=PATIENT_MS
    )
    runs = run_request(request, tmp_path).runs
    kinds = [run.record.sut.settings.instance_kind for run in runs]
    assert kinds == ["threads", "processes", "threads"]
    assert all(run.record.valid for run in runs)
    (run,) = run_request(quick(scenarios=("offline",)), tmp_path / "one").runs
    assert run.record.sut.settings.instance_kind == "threads"
    (run,) = run_request(
        quick(scenarios=("offline",), instances=2, instance_kind="threads"), tmp_path / "asked"
    ).runs
    assert run.record.sut.settings.instance_kind == "threads"


# With every mode on the quickest pair, with what differs from it on the others.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "runtime", "modes"),
    [
        ("kws-ds-cnn", "litert", EVERY_MODE),
        pytest.param(
            "kws-ds-cnn",
            "tflite-runtime",
            ("performance", "accuracy"),
            marks=pytest.mark.tflite_runtime,
        ),
        ("digits-resnet8", "litert", ("performance", "accuracy")),
        pytest.param(
            "digits-resnet8:float32",
            "tflite-runtime",
            ("performance", "accuracy"),
            marks=pytest.mark.tflite_runtime,
        ),
    ],
)
def test_both_models_in_every_scenario_on_both_runtimes(
    tmp_path: Path, model: str, runtime: str, modes: tuple[str, ...]
) -> None:
    request = quick(
        model=model, runtime=runtime, scenarios=ALL, modes=modes, latency_bound_ms=PATIENT_MS
    )
    result = run_request(request, tmp_path)
    assert [run.record.scenario.lower() for run in result.runs] == list(ALL)
    for run in result.runs:
        record = run.record
        assert record.performance is not None
        assert record.performance.valid, record.performance.reasons
        assert record.accuracy is not None
        assert record.accuracy.passed
        assert record.generator.startswith("mlcommons-loadgen")
        assert record.clock == "host perf_counter_ns"
        if "compliance" not in modes:
            continue
        assert [audit.name for audit in record.compliance] == ["TEST01", "TEST04", "TEST05"]
        first = record.compliance[0]
        assert first.answers_compared > 0
        # On a machine that wanders, speed may fail an audit of 0.3 s; answers never may.
        assert first.answers_different == 0


def test_accuracy_is_what_litert_gives_when_called_by_hand(tiny: Path, tmp_path: Path) -> None:
    """The official int8 keyword model on its 200 real samples, in all three resolvers."""
    path = tiny / "models" / "kws_ref_model.tflite"
    folder = next(each.parent for each in tiny.rglob("y_labels.csv"))
    lines = [line.split(",") for line in (folder / "y_labels.csv").read_text().split()]
    for resolver, theirs in (
        ("default", OpResolverType.AUTO),
        ("reference", OpResolverType.BUILTIN_REF),
        ("no-delegate", OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES),
    ):
        interpreter = Interpreter(str(path), experimental_op_resolver_type=theirs)
        interpreter.allocate_tensors()
        good = 0
        for name, _, label in lines:
            stored = np.frombuffer((folder / name).read_bytes(), np.int8).reshape(1, 49, 10, 1)
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], stored)
            interpreter.invoke()
            output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
            good += int(np.argmax(output) == int(label))
        request = quick(
            model=str(path),
            dataset=str(folder),
            modes=("accuracy",),
            resolver=resolver,
            scenarios=("offline",),
        )
        accuracy = run_request(request, tmp_path / resolver).runs[0].record.accuracy
        assert accuracy is not None
        assert accuracy.samples == 200
        assert round(accuracy.value * 2) == good


def test_the_cards_accuracy_is_reached(finished: CompletedRuns) -> None:
    card = model_cards()["kws-ds-cnn"].variants["int8"]
    for run in finished.runs:
        accuracy = run.record.accuracy
        assert accuracy is not None
        # The card has LiteRT's without delegates; XNNPACK may differ by a few samples.
        assert accuracy.value == pytest.approx(card.accuracy, abs=0.5)
        assert accuracy.low < accuracy.value < accuracy.high
        text = (run.path / "accuracy" / "accuracy.txt").read_text()
        assert f"accuracy={accuracy.value:.3f}%" in text
        assert "synthetic voices" in text


def test_quick_is_said_and_settings_are_kept(finished: CompletedRuns) -> None:
    for run in finished.runs:
        assert run.record.quick
        conf = run.path / "performance" / "user.conf"
        assert "quick: not a submission" in conf.read_text()
        assert read_config(conf)[f"*.{run.record.scenario}.min_duration"] == "300"


def test_harness_overhead_is_recorded(finished: CompletedRuns) -> None:
    for run in finished.runs:
        performance = run.record.performance
        assert performance is not None
        assert performance.overhead.invoke_p50_ns > 0
        assert 0 <= performance.overhead.share < 0.5


def test_a_model_without_a_card_is_measured_and_its_accuracy_is_not_invented(
    dense_tflite: Path, tmp_path: Path
) -> None:
    result = run_request(quick(model=str(dense_tflite), scenarios=("offline",)), tmp_path)
    record = result.runs[0].record
    assert record.accuracy is None
    assert record.dataset.is_random
    assert any("accuracy can't be measured" in warning for warning in record.warnings)
    with pytest.raises(DatasetMismatch, match="name data that has some with `dataset`"):
        run_request(quick(model=str(dense_tflite), modes=("accuracy",)), tmp_path)


def test_a_model_without_a_card_gets_accuracy_with_data(dense_tflite: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = tmp_path / "mine.npz"
    np.savez(data, inputs=rng.normal(size=(40, 8)), labels=rng.integers(0, 3, 40))
    request = quick(model=str(dense_tflite), dataset=str(data), scenarios=("singlestream",))
    accuracy = run_request(request, tmp_path).runs[0].record.accuracy
    assert accuracy is not None
    assert accuracy.samples == 40
    assert accuracy.target is None


def test_data_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetMismatch, match="490 values a sample, the dataset gives"):
        run_request(quick(dataset="digits"), tmp_path)


def test_a_scenario_that_is_named_twice_is_run_once() -> None:
    assert quick(scenarios=("offline", "offline")).scenarios == ("offline",)


def test_labels_beyond_the_models_classes_are_refused(dense_tflite: Path, tmp_path: Path) -> None:
    data = tmp_path / "mine.npz"
    np.savez(data, inputs=np.zeros((5, 8)), labels=np.array([0, 1, 2, 3, 1]))
    request = quick(model=str(dense_tflite), dataset=str(data))
    with pytest.raises(DatasetMismatch, match="class 3"):
        run_request(request, tmp_path)
    assert not list(find_runs(tmp_path))  # known before anything was measured


def test_a_stray_audit_config_is_refused(tmp_path: Path) -> None:
    Path("audit.config").write_text("*.*.mode = 2\n")
    with pytest.raises(StrayAuditConfig, match="move it away"):
        run_request(quick(), tmp_path / "out")


def test_a_very_fast_and_a_slow_system_are_valid_at_once(tmp_path: Path) -> None:
    for name, seconds in (("fast", 0.0), ("slow", 0.001)):
        sut = MadeSut(lambda *_, seconds=seconds: seconds)
        request = quick(
            scenarios=ALL,
            modes=("performance",),
            model="digits-resnet8",
            latency_bound_ms=PATIENT_MS,
        )
        result = run_request(request, tmp_path / name, factory=factory(sut))
        assert result.valid, [run.record.performance for run in result.runs]
        assert sut.closed
        assert not sut.loaded


def test_a_system_that_speeds_up_is_run_again_not_called_invalid(tmp_path: Path) -> None:
    """Calibration sees 2 ms a sample; the test itself 0.2 ms."""
    sut = MadeSut(lambda _, runs: 0.002 if runs < 700 else 0.0002)
    request = quick(
        scenarios=("singlestream", "offline"), modes=("performance",), warmup_s=0.05, duration_s=1.0
    )
    result = run_request(request, tmp_path, factory=factory(sut))
    assert result.valid, [run.record.performance for run in result.runs]


class Breakable:
    """A system's time a sample that fails in Offline's test, where LoadGen loads anew."""

    def __init__(self, sut_of: Callable[[Breakable], MadeSut]) -> None:
        self.is_broken = True
        self.sut = sut_of(self)

    def takes(self, index: int, runs: int) -> float:
        # Calibration, then SingleStream, then Offline: each loads its samples.
        if self.is_broken and self.sut.loads >= 3:
            raise RuntimeError("the cable is out")
        return 0.0005


def breakable() -> Breakable:
    return Breakable(lambda each: MadeSut(each.takes))


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


@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threads": 0}, "`threads` must be an integer of at least 1, not 0"),
        ({"instances": -1}, "`instances` must be an integer of at least 1"),
        ({"duration_s": 0.0}, "`duration_s` must be above 0"),
        ({"duration_s": float("nan")}, "`duration_s` must be above 0"),
        ({"warmup_s": -1.0}, "`warmup_s` must be 0 or more"),
        ({"scenarios": ()}, "`scenarios` must have one at least"),
        ({"modes": ("speed",)}, "`modes`: unknown value 'speed'; choose from performance"),
        ({"scenarios": "offline"}, "`scenarios` must be a list, not 'offline'"),
        ({"delegate_options": {"a": "b"}}, "name it with `delegate`"),
        ({"official": True}, "leave `duration_s` out"),
        ({"round": "v6.0"}, "add `official=True`"),
        (
            {"round": "v7.9", "official": True, "duration_s": None},
            "unknown value 'v7.9'; choose from v5.1, v6.0, v6.1",
        ),
        ({"target_qps": 5.0}, "add `scenarios=server`"),
        ({"scenarios": ("server",), "find_peak": True, "target_qps": 5.0}, "use one"),
        ({"threads": "2"}, "`threads` must be an integer of at least 1, not '2'"),
        ({"thread": 2}, "`thread` is unknown; did you mean `threads`?"),
        ({"resolver": "fast"}, "`resolver`: unknown value 'fast'; choose from default, reference"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        quick(**options)


def test_cpus_that_are_not_here_are_refused_where_the_request_is_run(tmp_path: Path) -> None:
    request = quick(affinity=(4711,))  # it may be meant for another machine
    with pytest.raises(UsageError, match="CPU 4711 can't be used here"):
        run_request(request, tmp_path)
    with pytest.raises(UsageError, match="CPU 4711 can't be used here"):
        run_each([quick(), request], tmp_path)
    assert not list(tmp_path.iterdir())


def test_official_settings_are_mlperfs(tmp_path: Path) -> None:
    from edgebench.harness.loadgen.calibrate import Calibration
    from edgebench.harness.loadgen.settings import user_conf

    request = RunRequest(official=True, scenarios=ALL)
    calibration = Calibration(median_ns=200_000, samples_per_second=5000)
    for scenario in ALL:
        assert user_conf(scenario, request, calibration)["min_duration"] == 600_000
    assert user_conf("offline", request, calibration)["min_query_count"] == 24_576


@pytest.mark.parametrize("version", [None, *ROUND_SEEDS])
def test_an_official_run_has_its_rounds_seeds(tmp_path: Path, version: str | None) -> None:
    request = RunRequest(
        official=True,
        round=version,
        scenarios=("singlestream",),
        modes=("accuracy",),
        model="digits-resnet8",
        warmup_s=0.05,
    )
    (run,) = run_request(request, tmp_path, factory=factory(MadeSut(lambda *_: 0.0))).runs
    seeds = read_detail(run.path / "accuracy" / DETAIL_FILE).seeds
    assert seeds == ROUND_SEEDS[version or "v6.1"]  # the pinned LoadGen's own
    assert run.record.request["round"] == version


def test_the_process_stays_on_the_cpus_it_is_given_and_gets_the_rest_back(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    seen: list[set[int]] = []

    def takes(index: int, runs: int) -> float:
        seen.append(os.sched_getaffinity(0))
        return 0.001

    cpu = min(before)
    request = quick(affinity=(cpu,), scenarios=("singlestream",), modes=("performance",))
    run_request(request, tmp_path, factory=factory(MadeSut(takes)))
    assert all(cpus == {cpu} for cpus in seen)
    assert os.sched_getaffinity(0) == before


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
    with pytest.raises(ResumeMismatch):
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
