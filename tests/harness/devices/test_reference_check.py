"""Outputs of the firmware's own kernels against each reference that may be installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import ModelNotSupported
from edgebench.harness.devices.reference import oracles as module
from edgebench.harness.devices.reference.check import check_outputs
from edgebench.harness.devices.reference.oracles import oracles
from edgebench.harness.devices.reference.tflm import PACKAGE, outputs_by_tflm
from edgebench.harness.devices.warnings import device_warnings
from edgebench.harness.run.session import CompletedRuns
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.rundir.records.device import DeviceRecord, ReferenceRecord
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.package import RuntimePackage
from edgebench.sut.runtimes.litert import LITERT
from edgebench.sut.runtimes.tflite_runtime import TFLITE_RUNTIME
from tests.firmware.compiled import compiled
from tests.models.made_models import dense_model
from tests.sut.opened import sut_factory

SAMPLES = 60
ABSENT = RuntimePackage("no-such-thing", "no_such_thing", "")
needs_exact = pytest.mark.skipif(
    PACKAGE.version is None and TFLITE_RUNTIME.requires.version is None,
    reason="needs tflite-micro or tflite-runtime, which have wheels up to Python 3.11",
)


@pytest.fixture
def only_litert(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which LiteRT is the only runtime, and tflite-micro is absent."""
    monkeypatch.setattr(module, "TFLM", ABSENT)
    monkeypatch.setattr(module, "installed_interpreters", lambda: [LITERT])


@pytest.fixture
def dense(tmp_path: Path) -> Model:
    """Dense layers in int8, which LiteRT's reference kernels round otherwise."""
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model((64, 32, 10), "int8").to_bytes())
    return resolve_model(str(path))


def outputs_on_device(model: Model, data: Dataset, folder: Path) -> dict[int, bytes]:
    """Return what the firmware gives for the first samples of a dataset."""
    run = compiled(model, folder)
    source = model.facts.inputs[0]
    return {index: run(source.encode(data.sample(index)[0])).tobytes() for index in range(SAMPLES)}


def checked(model: Model, data: Dataset, outputs: Mapping[int, bytes]) -> ReferenceRecord:
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        record = check_outputs(model, data, sut, outputs)
    assert record is not None
    return record


def moved(outputs: Mapping[int, bytes], steps: int) -> dict[int, bytes]:
    """Return outputs of which one number lies so many steps away."""
    values = np.frombuffer(outputs[0], np.int8).copy()
    values[0] += steps if values[0] < 100 else -steps
    return {**outputs, 0: values.tobytes()}


@needs_exact
def test_an_exact_reference_is_preferred_and_finds_any_difference(
    dense: Model, tmp_path: Path
) -> None:
    data = random_dataset(dense.facts)
    outputs = outputs_on_device(dense, data, tmp_path)
    assert next(oracles()).is_exact
    assert [each.is_exact for each in oracles()] == sorted(
        (each.is_exact for each in oracles()), reverse=True
    )
    record = checked(dense, data, outputs)
    assert (record.verdict, record.equal, record.largest_steps) == ("agrees", SAMPLES, 0)
    assert record.runtime.startswith(("tflite-micro ", "tflite-runtime "))
    record = checked(dense, data, moved(outputs, 1))
    assert (record.verdict, record.equal, record.largest_steps) == ("differs", SAMPLES - 1, 1)


@pytest.mark.usefixtures("only_litert")
def test_litert_alone_can_not_tell_a_rounding(
    dense: Model, finished: CompletedRuns, tmp_path: Path
) -> None:
    data = random_dataset(dense.facts)
    outputs = outputs_on_device(dense, data, tmp_path)
    record = checked(dense, data, outputs)
    assert record.runtime.startswith("litert ")
    assert (record.verdict, record.largest_steps) == ("close", 1)
    assert 0 < record.equal < SAMPLES
    device = DeviceRecord("emulated:dense", 9600, "dense", "", "dense", "", True)
    run = replace(finished.runs[0].record, reference=record, device=device)
    warnings = device_warnings(run, device)
    (said,) = [each for each in warnings if "bit-exact" in each]
    assert said == (
        f"the device's outputs equal {record.runtime}, within 1 step; whether they are bit-exact "
        f"is not known without {ABSENT.distribution} or tflite-runtime (Python 3.11 or older)"
    )
    far = checked(dense, data, moved(outputs, 9))
    assert (far.verdict, far.largest_steps >= 8) == ("close", True)
    nothing = {index: bytes(10) for index in outputs}
    assert checked(dense, data, nothing).verdict == "wrong"


@pytest.mark.usefixtures("only_litert")
def test_litert_alone_can_tell_that_all_bytes_are_equal(tmp_path: Path) -> None:
    model = resolve_model("kws-ds-cnn")
    data = load_dataset("kws")
    record = checked(model, data, outputs_on_device(model, data, tmp_path))
    assert (record.verdict, record.equal) == ("agrees", SAMPLES)


@pytest.mark.parametrize("file", ["kws_ref_model", "pretrainedResnet_quant", "ad01_int8"])
def test_the_reference_models_are_never_said_to_differ(
    file: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = resolve_model(str(tiny / "models" / f"{file}.tflite"))
    data = random_dataset(model.facts)
    outputs = outputs_on_device(model, data, tmp_path)
    if next(oracles()).is_exact:
        assert checked(model, data, outputs).verdict == "agrees"
    monkeypatch.setattr(module, "TFLM", ABSENT)
    monkeypatch.setattr(module, "installed_interpreters", lambda: [LITERT])
    assert checked(model, data, outputs).verdict in ("agrees", "close")


@pytest.mark.skipif(PACKAGE.version is None, reason="needs tflite-micro")
def test_what_tflm_can_not_run_is_compared_with_the_next_one(tmp_path: Path) -> None:
    tensors = [
        NewTensor(name, (1, 10), "float32", None, None) for name in ("input", "other", "output")
    ]
    made = NewModel(
        tensors,
        [
            NewOp("ABS", ("input",), ("other",), None),
            NewOp("ATAN2", ("input", "other"), ("output",), None),
        ],
        ["input"],
        ["output"],
    )
    path = tmp_path / "atan2.tflite"
    path.write_bytes(made.to_bytes())
    model = resolve_model(str(path))
    data = random_dataset(model.facts)
    with pytest.raises(ModelNotSupported, match=r"tflite-micro can't run atan2"):
        outputs_by_tflm(model, [data.sample(0)])
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        sut.load({0: data.sample(0)})
        outputs = {0: sut.infer([0]).outputs[0].tobytes()}
    record = checked(model, data, outputs)
    assert record.runtime.startswith(("litert", "tflite-runtime"))
    assert record.verdict == "agrees"
