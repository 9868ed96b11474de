"""Models that zeros or random numbers are no input of: the first run, and errors of `invoke`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported, SutFailed
from edgebench.harness.modes.host_profile import profile_on_host
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.first_inputs import with_example
from edgebench.models.interpret import outputs_of
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Quantization
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.interpreter import fault_of
from tests.conftest import RUNTIME_NAMES
from tests.sut.opened import sut_factory

ROWS = 7


def as_model(made: NewModel, name: str = "made") -> Model:
    return Model(name, "", Path(f"{name}.tflite"), name, made.to_bytes(), None)


def lookup() -> Model:
    """A model that looks rows up in a table of `ROWS`, along its second axis."""
    table = np.arange(2 * ROWS, dtype=np.float32).reshape(2, ROWS)
    made = NewModel(
        tensors=[
            NewTensor("ids", (1, 3), "int32"),
            NewTensor("flat", (3,), "int32"),
            NewTensor("table", (2, ROWS), "float32", values=table),
            NewTensor("rows", (2, 3), "float32"),
        ],
        ops=[
            NewOp("RESHAPE", ("ids",), ("flat",), ("Reshape", {"newShape": [3]})),
            NewOp("GATHER", ("table", "flat"), ("rows",), ("Gather", {"axis": 1})),
        ],
        inputs=["ids"],
        outputs=["rows"],
    )
    return as_model(made, "lookup")


def division(op: str = "FLOOR_DIV") -> Model:
    made = NewModel(
        tensors=[NewTensor(name, (1, 4), "int32") for name in ("a", "b", "quotient")],
        ops=[NewOp(op, ("a", "b"), ("quotient",))],
        inputs=["a", "b"],
        outputs=["quotient"],
    )
    return as_model(made, "division")


def root(zero_point: int) -> Model:
    scale = Quantization((0.1,), (zero_point,))
    made = NewModel(
        tensors=[NewTensor(name, (1, 4), "int8", scale) for name in ("a", "b")],
        ops=[NewOp("RSQRT", ("a",), ("b",))],
        inputs=["a"],
        outputs=["b"],
    )
    return as_model(made, "root")


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
@pytest.mark.parametrize(
    "model",
    [lookup(), division(), division("FLOOR_MOD"), root(0), root(-128), root(100)],
    ids=lambda model: model.name,
)
def test_random_inputs_are_plausible(runtime: str, model: Model) -> None:
    data = random_dataset(model.facts, 64)
    with sut_factory(runtime)(model, RuntimeSettings(runtime=runtime)) as sut:
        sut.load({index: data.sample(index) for index in range(64)})
        assert len(sut.infer(range(64)).outputs) >= 64


SETTINGS = {
    "threads": RuntimeSettings(),
    "two threads": RuntimeSettings(instances=2, instance_kind="threads"),
    "processes": RuntimeSettings(instances=2, instance_kind="processes"),
}


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("indices", [[2], [0, 1, 2, 3]], ids=["one", "many"])
def test_an_error_of_invoke_names_the_sample_and_the_op(
    runtime: str, settings: RuntimeSettings, indices: list[int]
) -> None:
    samples = [(np.full((1, 3), value, np.int32),) for value in (0, 1, ROWS, 2)]
    model = with_example(lookup(), samples[0])
    with sut_factory(runtime)(model, replace(settings, runtime=runtime)) as sut:
        sut.load(dict(enumerate(samples)))
        for lane in sut.lanes:
            with pytest.raises(SutFailed, match=r"on sample 2: op 1, GATHER, failed to invoke"):
                lane.infer(indices)
            # The lane is still of use.
            assert lane.infer([1]).outputs.size


def test_an_error_of_invoke_names_the_samples_of_a_batch() -> None:
    samples = [(np.full(4, 8, np.int32), np.full(4, value, np.int32)) for value in (1, 2, 0, 4)]
    settings = RuntimeSettings(runtime="litert", batch=2)
    with sut_factory("litert")(with_example(division(), samples[0]), settings) as sut:
        sut.load(dict(enumerate(samples)))
        with pytest.raises(SutFailed, match=r"on samples 2, 3: op 0, FLOOR_DIV, failed to invoke"):
            sut.infer(range(4))


def test_running_outside_a_harness_names_the_sample_too() -> None:
    samples = [(np.full((1, 3), value, np.int32),) for value in (0, 1, ROWS)]
    with pytest.raises(SutFailed, match=r"lookup fails on sample 2: op 1, GATHER"):
        outputs_of(lookup(), samples)


def test_a_first_sample_that_the_model_refuses_is_said(tmp_path: Path) -> None:
    path, data = tmp_path / "lookup.tflite", tmp_path / "data.npz"
    path.write_bytes(lookup().content)
    np.savez(data, inputs=np.full((4, 3), ROWS, np.int32))
    with pytest.raises(ModelNotSupported, match="on the first sample, op 1, GATHER"):
        run_request(RunRequest(model=str(path), dataset=str(data), duration_s=0.1), tmp_path)


def test_the_first_run_is_on_the_data(tmp_path: Path) -> None:
    """A divisor that is computed, so that nothing but the data can tell what is valid."""
    made = NewModel(
        tensors=[
            *(NewTensor(name, (1, 4), "int32") for name in ("a", "b", "less", "quotient")),
            NewTensor("ten", (1, 4), "int32", values=np.full((1, 4), 1000)),
        ],
        ops=[
            NewOp("FLOOR_DIV", ("b", "ten"), ("less",)),
            NewOp("FLOOR_DIV", ("a", "less"), ("quotient",)),
        ],
        inputs=["a", "b"],
        outputs=["quotient"],
    )
    path, data = tmp_path / "far.tflite", tmp_path / "data.npz"
    path.write_bytes(made.to_bytes())
    many = np.full((8, 4), 5000, np.int32)
    np.savez(data, inputs_0=many, inputs_1=many)
    asked = RunRequest(
        model=str(path), dataset=str(data), duration_s=0.1, warmup_s=0.0, modes=("performance",)
    )
    assert run_request(asked, tmp_path / "runs").runs
    with pytest.raises(ModelNotSupported, match=r"on random inputs, op 1.*`dataset`"):
        run_request(replace(asked, dataset=None), tmp_path / "runs")


def test_a_model_that_divides_is_profiled(tmp_path: Path) -> None:
    path = tmp_path / "division.tflite"
    path.write_bytes(division().content)
    assert profile_on_host(str(path), rounds=1).layers[0].op == "FLOOR_DIV"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Division by 0Node number 0 (DIV) failed to invoke.", "op 0, DIV, failed to invoke"),
        ("\n\na.cc:9 x != yNode number 12 (RESHAPE) failed to prepare.", "op 12, RESHAPE, failed"),
        ("something else\nmore", "something else"),
        ("", "RuntimeError"),
    ],
)
def test_a_runtimes_error_is_one_line_with_the_op_in_front(said: str, text: str) -> None:
    assert fault_of(RuntimeError(said)).startswith(text)
    assert "\n" not in fault_of(RuntimeError(said))
