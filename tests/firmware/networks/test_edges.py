"""Networks with inputs and outputs of float32 or uint8 around an int8 core, end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.errors import ModelNotSupported
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.reading.advice import int8_advice
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.quantize.preflight import preflight
from edgebench.models.quantize.versions import make_versions
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from edgebench.runtimes.drivers import interpreter_driver
from tests.conftest import SHARED
from tests.firmware.compiled import compiled
from tests.models.made_models import dense_model

SAMPLES = 12
EDGES = ("float32", "uint8")


def around(dtype: str, folder: Path) -> Model:
    """An int8 network of two layers whose input and output a converter made of another type."""
    core = dense_model((8, 16, 3), "int8")
    inner = {tensor.name: tensor for tensor in core.tensors}
    inside, outside = inner[core.inputs[0]], inner[core.outputs[0]]
    assert inside.quantization is not None
    shifted = Quantization(inside.quantization.scales, (128,)) if dtype == "uint8" else None
    back = "DEQUANTIZE" if dtype == "float32" else "QUANTIZE"
    made = NewModel(
        tensors=[
            *core.tensors,
            NewTensor("taken", inside.shape, dtype, shifted),
            NewTensor("given", outside.shape, dtype, shifted),
        ],
        ops=[
            NewOp("QUANTIZE", ("taken",), core.inputs, ("Quantize", {})),  # type: ignore[arg-type]
            *core.ops,
            NewOp(back, (core.outputs[0],), ("given",), (back.capitalize(), {})),
        ],
        inputs=["taken"],
        outputs=["given"],
    )
    path = folder / f"{dtype}_edges.tflite"
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path))


@pytest.mark.parametrize("dtype", EDGES)
def test_a_network_takes_and_gives_what_its_model_does(dtype: str, tmp_path: Path) -> None:
    model = around(dtype, tmp_path)
    run = compiled(model, tmp_path)
    module = interpreter_driver().load_interpreter()
    interpreter = module.Interpreter(
        model_content=model.content, experimental_op_resolver_type=module.OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    rng = np.random.default_rng(1)
    for _ in range(SAMPLES):
        values = model.facts.inputs[0].encode(rng.uniform(-7, 7, 8))
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values[None])
        interpreter.invoke()
        theirs = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        np.testing.assert_allclose(
            model.facts.outputs[0].decode(run(values)),
            model.facts.outputs[0].decode(theirs.ravel()),
            # LiteRT rounds a FULLY_CONNECTED once: a step of the core's output at most.
            atol=0.0501,
        )


@pytest.mark.parametrize("dtype", EDGES)
def test_the_whole_harness_runs_it_on_an_emulated_device(dtype: str, tmp_path: Path) -> None:
    model = around(dtype, tmp_path)
    data = tmp_path / "data.npz"
    inputs = np.random.default_rng(2).uniform(-6, 6, (SAMPLES, 8)).astype(np.float32)
    np.savez(data, inputs=inputs, labels=np.zeros(SAMPLES, np.int64))
    done = edgebench.run(
        device=f"emulated:{model.path}",
        dataset=str(data),
        scenarios=["singlestream"],
        modes=["accuracy"],
        out=tmp_path / "runs",
    )
    record = done.runs[0].record
    assert record.accuracy is not None
    # Every byte came back: real numbers are of the model's own type on the line.
    assert record.reference is not None
    assert record.reference.verdict in ("agrees", "close")


@pytest.mark.parametrize("name", ["float_io", "uint8_io"])
def test_files_of_a_converter_are_sized_and_compiled(name: str) -> None:
    path = SHARED / "fault_cases" / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    assert edgebench.size(path, "nrf52840-dk").fits


def test_advice_names_a_command_only_where_it_takes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model((8, 16, 3)).to_bytes())
    model = resolve_model(str(path))
    with pytest.raises(ModelNotSupported, match="recipes=") as raised:
        emit(model)
    advice = f"edgebench.quantize('{path}', recipes=['int8'], calibrate='DATA')"
    assert advice in str(raised.value)
    data = tmp_path / "data.npz"
    np.savez(data, inputs=np.random.default_rng(3).normal(size=(8, 8)).astype(np.float32))
    for recipe in ("int8", "int8-float-io", "dynamic", "weight-int8", "float16"):
        (made,) = make_versions(
            str(path), (recipe,), calibrate=str(data), check=str(data), out=tmp_path / recipe
        ).versions
        changed = resolve_model(str(made.path))
        if recipe.startswith("int8"):
            assert emit(changed).arena_bytes > 0
            continue
        with pytest.raises(ModelNotSupported) as refused:
            emit(changed)
        assert "edgebench." not in str(refused.value)
        assert int8_advice(changed) in str(refused.value)


@pytest.mark.parametrize("dtype", EDGES)
def test_a_quantized_model_is_called_what_it_is(dtype: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotSupported, match=r"quantized already \(integer") as raised:
        preflight(around(dtype, tmp_path))
    assert "dynamic-range" not in str(raised.value)
