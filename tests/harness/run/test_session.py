from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edgebench.errors import (
    DatasetMismatch,
    StrayAuditConfig,
)
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.models.card import model_cards
from edgebench.rundir.search import find_runs
from tests.harness.made_suts import MadeSut, factory
from tests.harness.quick_runs import (
    ALL,
    EVERY_MODE,
    PATIENT_MS,
    quick,
)
from tests.mlperf.loadgen_config import read_config


@pytest.mark.timed
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
@pytest.mark.timed
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


@pytest.mark.timed
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


@pytest.mark.timed
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


@pytest.mark.timed
def test_a_system_that_speeds_up_is_run_again_not_called_invalid(tmp_path: Path) -> None:
    """Calibration sees 2 ms a sample; the test itself 0.2 ms."""
    sut = MadeSut(lambda _, runs: 0.002 if runs < 700 else 0.0002)
    request = quick(
        scenarios=("singlestream", "offline"), modes=("performance",), warmup_s=0.05, duration_s=1.0
    )
    result = run_request(request, tmp_path, factory=factory(sut))
    assert result.valid, [run.record.performance for run in result.runs]
