"""Tensors without a dimension, as inputs and as outputs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgebench.harness.modes.host_profile import profile_on_host
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.compare import compare_models
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from tests.conftest import RUNTIME_NAMES
from tests.sut.opened import sut_factory

AXES = NewTensor("axes", (2,), "int32", values=np.array([0, 1]))


def scalars(path: Path) -> Model:
    """Write x * factor, its sum without a dimension, and the factor doubled."""
    path.write_bytes(
        NewModel(
            [
                NewTensor("x", (1, 4), "float32"),
                NewTensor("factor", (), "float32"),
                AXES,
                NewTensor("scaled", (1, 4), "float32"),
                NewTensor("sum", (), "float32"),
                NewTensor("doubled", (), "float32"),
            ],
            [
                NewOp("MUL", ("x", "factor"), ("scaled",), ("Mul", {})),
                NewOp("SUM", ("scaled", "axes"), ("sum",), ("Reducer", {"keepDims": False})),
                NewOp("ADD", ("factor", "factor"), ("doubled",), ("Add", {})),
            ],
            ["x", "factor"],
            ["sum", "scaled", "doubled"],
        ).to_bytes()
    )
    return resolve_model(str(path))


def one_scalar(path: Path) -> Model:
    """Write a model whose only input and output are scalars: twice the input."""
    path.write_bytes(
        NewModel(
            [NewTensor("a", (), "float32"), NewTensor("b", (), "float32")],
            [NewOp("ADD", ("a", "a"), ("b",), ("Add", {}))],
            ["a"],
            ["b"],
        ).to_bytes()
    )
    return resolve_model(str(path))


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_scalars_are_read_and_written_by_every_instance(
    tmp_path: Path, runtime: str, kind: InstanceKind
) -> None:
    model = scalars(tmp_path / "scalars.tflite")
    rng = np.random.default_rng(3)
    samples = {
        index: (rng.uniform(-1, 1, 4).astype(np.float32), np.array(factor, np.float32))
        for index, factor in enumerate((2.0, -0.5, 3.0))
    }
    settings = RuntimeSettings(instances=2, instance_kind=kind)
    with sut_factory(runtime)(model, settings) as sut:
        sut.load(samples)
        for lane in sut.lanes:
            many = lane.infer([2, 0, 1])
            found = [sut.decode(row.tobytes()) for row in many.outputs[:3]]
            found += [sut.decode(lane.infer([i]).outputs[0].tobytes()) for i in (2, 0, 1)]
            for (total, scaled, doubled), index in zip(found, [2, 0, 1] * 2, strict=True):
                x, factor = samples[index]
                np.testing.assert_allclose(scaled.ravel(), x * factor, rtol=1e-6)
                np.testing.assert_allclose(total.ravel(), [(x * factor).sum()], rtol=1e-5)
                np.testing.assert_allclose(doubled.ravel(), [2 * factor])
        sut.unload([0, 1, 2])


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_a_scalar_is_the_only_input_and_the_only_output(
    tmp_path: Path, runtime: str, kind: InstanceKind
) -> None:
    model = one_scalar(tmp_path / "one.tflite")
    with sut_factory(runtime)(model, RuntimeSettings(instance_kind=kind)) as sut:
        sut.load({index: (np.array(index + 1.5),) for index in range(3)})
        assert [float(sut.decode(sut.infer([i]).outputs[0].tobytes())[0][0]) for i in range(3)] == [
            3.0,
            5.0,
            7.0,
        ]
        rows = sut.infer([2, 1]).outputs[:2]
        assert rows.copy().view(np.float32).ravel().tolist() == [7.0, 5.0]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_the_accuracy_log_has_the_scalars_that_the_model_answers(
    tmp_path: Path, runtime: str, scenario: str
) -> None:
    model = scalars(tmp_path / "scalars.tflite")
    rng = np.random.default_rng(4)
    x, factor = rng.uniform(0, 1, (16, 4)), rng.uniform(0, 1, 16)
    np.savez(
        tmp_path / "data.npz",
        inputs_0=x.astype(np.float32),
        inputs_1=factor.astype(np.float32),
        labels=np.zeros(16, np.int64),
    )
    server = {"target_qps": 200.0, "latency_bound_ms": 50.0} if scenario == "server" else {}
    (run,) = run_request(
        RunRequest(
            str(model.path),
            (scenario,),  # type: ignore[arg-type]
            ("performance", "accuracy"),
            RuntimeSettings(runtime=runtime, instances=2),
            dataset=str(tmp_path / "data.npz"),
            duration_s=0.2,
            warmup_s=0.05,
            **server,  # type: ignore[arg-type]
        ),
        tmp_path / "out",
    ).runs
    assert run.record.performance is not None
    log = json.loads((run.path / "accuracy/mlperf_log_accuracy.json").read_text())
    assert len(log) == 16
    for entry in log:
        answer = np.frombuffer(bytes.fromhex(entry["data"]), np.float32)
        index = entry["qsl_idx"]
        scaled = x[index] * factor[index]
        np.testing.assert_allclose(answer[0], scaled.sum(), rtol=1e-5)
        np.testing.assert_allclose(answer[1:5], scaled, rtol=1e-5)
        np.testing.assert_allclose(answer[5], 2 * factor[index], rtol=1e-5)


def test_models_with_scalars_are_compared(tmp_path: Path) -> None:
    model = scalars(tmp_path / "scalars.tflite")
    found = compare_models(model, model, random_dataset(model.facts, 8))
    assert found.samples == 8
    assert found.agreement.snr_db == np.inf
    assert {layer.op for layer in found.layers} == {"MUL", "SUM", "ADD"}


def test_models_with_scalars_are_profiled(tmp_path: Path) -> None:
    found = profile_on_host(str(scalars(tmp_path / "scalars.tflite").path), rounds=3)
    assert [layer.op for layer in found.layers] == ["MUL", "SUM", "ADD"]
