"""Models on ONNX Runtime, through the same lanes as all others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

import edgebench
from edgebench.errors import ModelInvalid, ModelNotSupported, RuntimeMissing, UsageError
from edgebench.files.digest import sha256_of
from edgebench.models.first_inputs import with_example
from edgebench.models.resolve import resolve_model
from edgebench.models.sizing import at_shape
from edgebench.models.trial.trial import require_survival
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.onnx.placement import profiled_nodes
from edgebench.sut.onnx.providers import PROVIDERS
from edgebench.sut.runtimes.onnxruntime import ONNX_RUNTIME
from tests.cli.call import call
from tests.onnx.made import FLOAT, classifier, model, node, quantized_ends, saved, weights

HERE = [
    name
    for name, each in PROVIDERS.items()
    if each.own_name in onnxruntime.get_available_providers()
]
LACKING = next(name for name in PROVIDERS if name not in HERE)
needs_azure = pytest.mark.skipif("azure" not in HERE, reason="this wheel has no provider of Azure")
QUICK: dict[str, Any] = {"scenarios": ("offline",), "duration_s": 0.1, "warmup_s": 0.02}


def answers(
    path: Path, samples: list[tuple[NDArray[Any], ...]], settings: RuntimeSettings | None = None
) -> list[tuple[NDArray[Any], ...]]:
    """Return the outputs of samples, all of them asked for at once."""
    found = with_example(at_shape(resolve_model(str(path)), {}, samples[0]), samples[0])
    with ONNX_RUNTIME.open(found, settings or RuntimeSettings()) as sut:
        sut.load(dict(enumerate(samples)))
        inference = sut.infer(range(len(samples)))
        made = [sut.decode(inference.outputs[each].tobytes()) for each in range(len(samples))]
        sut.unload(range(len(samples)))
    return made


@pytest.mark.parametrize(
    "settings",
    [
        RuntimeSettings(),
        RuntimeSettings(batch=3),
        RuntimeSettings(threads=2, inter_threads=2),
        RuntimeSettings(batch=2, instances=2, instance_kind="processes"),
    ],
    ids=str,
)
def test_outputs_are_the_runtimes_own(tmp_path: Path, settings: RuntimeSettings) -> None:
    path = saved(classifier(), tmp_path)
    images = weights(5, 3, 6, 6)
    made = answers(path, [(image,) for image in images], settings)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": images})
    np.testing.assert_allclose([y for (y,) in made], expected, atol=1e-5)


def test_an_output_with_its_batch_elsewhere_is_refused(tmp_path: Path) -> None:
    """Of two layers and a batch of 2 the shape looks like a batch, and values would be swapped."""
    proto = model(
        [node("Reshape", "x s", "r"), node("Transpose", "r", "y", perm=[1, 0, 2])],
        [("x", FLOAT, ["N", 6])],
        [("y", FLOAT, ["L", "N", 3])],
        {"s": np.array([-1, 2, 3])},
    )
    path = saved(proto, tmp_path)
    rows = [(np.arange(6, dtype=np.float32) + 10 * number,) for number in range(2)]
    assert [y.tolist() for (y,) in answers(path, rows)] == [row.tolist() for (row,) in rows]
    with pytest.raises(ModelNotSupported, match=r"`y` is 2x1x3 for one sample and 2x2x3 for 2;"):
        answers(path, rows, RuntimeSettings(batch=2))


def test_several_inputs_of_other_types_and_scalars(tmp_path: Path) -> None:
    proto = model(
        [
            node("Where", "m a b", "y"),
            node("Cast", "k", "kf", to=FLOAT),
            node("Add", "kf a", "z"),
            node("Identity", "s", "t"),
        ],
        [
            ("m", TensorProto.BOOL, [1, 3]),
            ("a", FLOAT, [1, 3]),
            ("b", FLOAT, [1, 3]),
            ("k", TensorProto.INT64, [1, 3]),
            ("s", TensorProto.INT64, []),
        ],
        [("y", FLOAT, [1, 3]), ("z", FLOAT, [1, 3]), ("t", TensorProto.INT64, [])],
    )
    mask = np.array([True, False, True])
    a, b = np.float32([1, 2, 3]), np.float32([10, 20, 30])
    counts = np.array([5, -6, 2**20])
    ((y, z, t),) = answers(saved(proto, tmp_path), [(mask, a, b, counts, np.array(16000))])
    assert y.tolist() == [1, 20, 3]
    assert z.tolist() == [6, -4, 2**20 + 3]
    assert t.tolist() == [16000]


def test_quantized_inputs_and_outputs_are_fed_and_read_as_real_values(tmp_path: Path) -> None:
    ((y,),) = answers(saved(quantized_ends(), tmp_path), [(np.float32([-1, -0.1, 0, 0.5, 2]),)])
    np.testing.assert_allclose(y, [-2, -0.2, 0, 1, 4], atol=1e-6)


def test_a_run_has_its_accuracy_its_record_and_its_placement(tmp_path: Path) -> None:
    path = saved(classifier(), tmp_path)
    images = weights(40, 3, 6, 6)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    labels = session.run(None, {"x": images})[0].argmax(axis=1)
    labels[:10] = (labels[:10] + 1) % 4  # a quarter is wrong
    np.savez(tmp_path / "d.npz", inputs=images, labels=labels)
    ran = edgebench.run(path, dataset=tmp_path / "d.npz", out=tmp_path / "runs", **QUICK)
    record = ran["offline"].record
    assert record.accuracy is not None
    assert record.accuracy.value == pytest.approx(0.75 if record.accuracy.value <= 1 else 75)
    assert (record.sut.name, record.sut.runtime) == ("onnxruntime", "onnxruntime")
    values = json.loads((ran["offline"].path / "run.json").read_text())
    (part,) = values["sut"]["placement"]["parts"]
    assert (part["by"], part["processor"], part["macs"]) == ("cpu", "cpu", record.model.macs)
    assert sum(part["kinds"].values()) == 5


@needs_azure
def test_a_provider_that_takes_nothing_is_refused_unless_fallback_is_allowed(
    tmp_path: Path,
) -> None:
    """The wheel's own provider for Azure's services takes no op: a processor that stays idle."""
    path = saved(classifier(), tmp_path)
    asked = {**QUICK, "provider": "azure", "out": tmp_path / "runs"}
    with pytest.raises(
        ModelNotSupported, match=r"azure does not take all of m: 5 of 5 ops \("
    ) as e:
        edgebench.run(path, **asked)
    assert (e.value.exit_code, e.value.field) == (2, "provider")
    (run,) = edgebench.run(path, **asked, allow_fallback=True).runs
    (warning,) = [each for each in run.record.warnings if each.startswith("fallback: 5 of 5 ops")]
    assert warning.endswith("ran by cpu, not azure")
    shown = call("summary", run.path).stdout
    assert "fallback: 5 of 5 ops" in " ".join(shown.split())
    assert "Known by the runtime's assignment of nodes to providers" in " ".join(shown.split())


@needs_azure
def test_a_profile_tells_where_nodes_ran_as_well(tmp_path: Path) -> None:
    """Older releases have no list of assignments: their own profile is what tells."""
    found = resolve_model(str(saved(classifier(), tmp_path)))
    inputs = {"x": weights(1, 3, 6, 6)}
    nodes = profiled_nodes(onnxruntime, found, RuntimeSettings(provider="azure"), inputs)
    assert {by for _, _, by in nodes} == {"CPUExecutionProvider"}
    assert {"GlobalAveragePool", "Gemm"} <= {kind for _, kind, _ in nodes}


@pytest.mark.parametrize(
    ("settings", "says", "error"),
    [
        (
            {"provider": LACKING},
            f"has no {LACKING}, only {', '.join(HERE)}; {re.escape(PROVIDERS[LACKING].install)}",
            RuntimeMissing,
        ),
        ({"provider": "cudo"}, "`provider`: unknown value 'cudo'", UsageError),
        ({"resolver": "reference"}, "`resolver`: the runtime onnxruntime does not", UsageError),
        ({"runtime": "litert"}, "takes .tflite, not .onnx; onnxruntime can", ModelNotSupported),
    ],
)
def test_what_it_does_not_have_is_refused(
    tmp_path: Path, settings: dict[str, Any], says: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=says):
        edgebench.run(saved(classifier(), tmp_path), **QUICK, **settings, out=tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*/run.json"))


def test_firmware_and_parts_are_for_tflite(tmp_path: Path) -> None:
    path = saved(classifier(), tmp_path)
    with pytest.raises(ModelNotSupported, match=r"^m: firmware is made of \.tflite files$"):
        edgebench.size(path, board="nrf52840-dk")
    with pytest.raises(UsageError, match=r"`until` cuts a \.tflite file, not a \.onnx"):
        edgebench.run(path, until="2", out=tmp_path / "runs")


def with_external_weights(folder: Path, location: str) -> Path:
    proto = classifier()
    onnx.external_data_helper.convert_model_to_external_data(
        proto, location="w.bin", size_threshold=0
    )
    path = saved(proto, folder)
    other = onnx.load(path, load_external_data=False)
    for tensor in other.graph.initializer:
        for entry in tensor.external_data:
            entry.value = location if entry.key == "location" else entry.value
    path.write_bytes(other.SerializeToString())
    return path


def test_weights_in_a_file_of_the_same_folder_are_found(tmp_path: Path) -> None:
    path = with_external_weights(tmp_path, "w.bin")
    image = weights(3, 6, 6)
    ((inside,),) = answers(saved(classifier(), tmp_path, "inside"), [(image,)])
    ((outside,),) = answers(path, [(image,)])
    np.testing.assert_array_equal(inside, outside)
    with ONNX_RUNTIME.open(resolve_model(str(path)), RuntimeSettings()) as sut:
        assert any(note.startswith("weights in w.bin, SHA-256 ") for note in sut.description.notes)


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    path = with_external_weights(tmp_path, "w.bin")
    inside = resolve_model(str(saved(classifier(), tmp_path, "inside")))
    assert inside.sha256 == sha256_of(inside.path)
    weighed = tmp_path / "w.bin"
    first = resolve_model(str(path))
    weighed.write_bytes(bytes(reversed(weighed.read_bytes())))
    other = resolve_model(str(path))
    assert first.content == other.content
    assert first.sha256 != other.sha256
    assert first.size_bytes == path.stat().st_size + weighed.stat().st_size


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("../w.bin", "outside the model's folder"),
        ("/etc/passwd", "outside the model's folder"),
        ("link", "outside the model's folder"),
        ("gone.bin", "which is not there"),
        ("short", "cut short: the weights of"),
        ("", "does not name the file"),
    ],
)
def test_weights_elsewhere_are_refused(tmp_path: Path, location: str, says: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = with_external_weights(folder, location)
    (tmp_path / "w.bin").write_bytes((folder / "w.bin").read_bytes())
    (folder / "link").symlink_to(tmp_path / "w.bin")
    (folder / "short").write_bytes(b"1234")
    with pytest.raises(ModelInvalid, match=says):
        ONNX_RUNTIME.open(resolve_model(str(path)), RuntimeSettings())


@pytest.mark.parametrize(
    ("proto", "settings", "says"),
    [
        (
            model([node("Frob", "x", "y")], [("x", FLOAT, [1, 2])], [("y", FLOAT, [1, 2])]),
            RuntimeSettings(),
            "can't run m: .*Frob",
        ),
        (
            model(
                [node("Relu", "x", "y")], [("x", FLOAT, [1, 2])], [("y", FLOAT, [1, 2])], opset=999
            ),
            RuntimeSettings(),
            "can't run m: ONNX Runtime only .*Opset 999",
        ),
        (
            model([node("Relu", "x", "y")], [("x", FLOAT, [2, 2])], [("y", FLOAT, [2, 2])]),
            RuntimeSettings(batch=4),
            "can't be run at a batch of 4: the input `x` .2x2. does not begin with a batch",
        ),
        (
            model([node("Relu", "x", "y")], [("x", FLOAT, [1, 2])], [("y", FLOAT, [1, 2])]),
            RuntimeSettings(batch=4),
            "can't run m: .*",
        ),
    ],
)
def test_what_the_runtime_refuses_is_one_sentence(
    tmp_path: Path, proto: Any, settings: RuntimeSettings, says: str
) -> None:
    found = resolve_model(str(saved(proto, tmp_path)))
    with pytest.raises(ModelNotSupported, match=says) as caught:
        ONNX_RUNTIME.open(found, settings)
    assert "\n" not in str(caught.value)
    require_survival(found, ONNX_RUNTIME, settings)  # a refusal is no crash


def test_outputs_whose_size_depends_on_the_data_are_refused(tmp_path: Path) -> None:
    proto = model(
        [node("NonZero", "x", "y")], [("x", FLOAT, [1, 4])], [("y", TensorProto.INT64, [2, "n"])]
    )
    path = saved(proto, tmp_path)
    first, other = np.float32([1, 0, 2, 0]), np.float32([1, 1, 1, 1])
    with pytest.raises(Exception, match=r"on sample 1|on samples 0, 1"):
        answers(path, [(first,), (other,)])


def test_lists_say_which_providers_the_package_lacks() -> None:
    listed = " ".join(call("list", "runtimes").stdout.split())
    assert f"runs .onnx on {', '.join(HERE)};" in listed
    assert LACKING in listed.partition("not in this package: ")[2]
    assert edgebench.list_runtimes()["onnxruntime"].usable_processors == tuple(HERE)
    shown = call("doctor").stdout
    assert f".onnx on {', '.join(HERE)}" in " ".join(shown.split())
