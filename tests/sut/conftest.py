from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.models.resolve import Model, resolve_model
from edgebench.runtimes.drivers import interpreter_driver
from edgebench.runtimes.interpreter import RESOLVERS


@pytest.fixture
def by_hand() -> Callable[..., list[bytes]]:
    """Run samples through an interpreter as its manual says: set_tensor, invoke, get_tensor."""

    def run(
        model: Model, samples: list[tuple[NDArray[Any], ...]], runtime: str, resolver: str
    ) -> list[bytes]:
        module = interpreter_driver(runtime).load_interpreter()
        interpreter = module.Interpreter(
            model_content=model.content,
            num_threads=1,  # the order of float sums depends on it
            experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS[resolver]),  # type: ignore[index]
        )
        interpreter.allocate_tensors()
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        answers = []
        for sample in samples:
            for detail, tensor, values in zip(inputs, model.facts.inputs, sample, strict=True):
                stored = np.asarray(tensor.encode(values)).reshape(detail["shape"])
                interpreter.set_tensor(detail["index"], stored)
            interpreter.invoke()
            answers.append(b"".join(interpreter.get_tensor(o["index"]).tobytes() for o in outputs))
        return answers

    return run


@pytest.fixture
def two_by_two(tmp_path: Path) -> Model:
    """A model with two inputs and two outputs, of different types."""
    from edgebench.models.build import NewModel, NewOp, NewTensor
    from edgebench.models.tflite.tensors import Quantization

    scale = Quantization((0.1,), (3,))
    model = NewModel(
        [
            NewTensor("a", (1, 6), "float32"),
            NewTensor("b", (1, 6), "float32"),
            NewTensor("sum", (1, 6), "float32"),
            NewTensor("small", (1, 6), "int8", scale),
        ],
        [
            NewOp("ADD", ("a", "b"), ("sum",), ("Add", {})),
            NewOp("QUANTIZE", ("b",), ("small",)),
        ],
        ["a", "b"],
        ["sum", "small"],
    )
    path = tmp_path / "two.tflite"
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))
