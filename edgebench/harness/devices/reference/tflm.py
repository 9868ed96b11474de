"""Outputs of TensorFlow Lite Micro's own reference kernels, from the package tflite-micro.

``python -m edgebench.harness.devices.reference.tflm PARENT SECONDS DESCRIPTOR`` is the child that
computes them: what TFLM finds wrong in a model ends its process. The model and its inputs come on
standard input, the outputs go to an open file. Neither has a name: nothing is left of them where
the parent is killed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelNotSupported
from edgebench.models.resolve import Model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.processes.expendable import begin, child_command
from edgebench.runtimes.package import RuntimePackage

PACKAGE = RuntimePackage(
    "tflite-micro",
    "tflite_micro.python.tflite_micro.runtime",
    "`pip install tflite-micro` (Python 3.11 or older)",
)
MODEL, ARENA, ASKED = "model", "arena", "asked"
"""The arrays next to the inputs, which have their places in the graph as names."""
TIMEOUT_S = 600.0
ARENA_SHARE, LEAST_ARENA = 4, 1 << 20
"""Of the activations' bytes by our own plan: TFLM's bookkeeping for this machine comes on top."""


def outputs_by_tflm(model: Model, samples: Sequence[Sample]) -> tuple[NDArray[np.float32], ...]:
    """Return each output of every sample in real values, shape (samples, values).

    Raises
    ------
    ModelNotSupported
        If TFLM can't run the model.
    """
    facts = model.facts
    arena = max(LEAST_ARENA, ARENA_SHARE * facts.arena_bytes + facts.size_bytes)
    graph = unpacked(model.content, str(model.path)).subgraphs[facts.subgraph]
    asked = [list(graph.outputs).index(each.index) for each in facts.outputs]
    given = {
        MODEL: np.frombuffer(model.content, np.uint8),
        ARENA: np.array(arena),
        ASKED: np.array(asked),
    } | {
        f"{list(graph.inputs).index(t.index)}": np.stack(
            [np.asarray(t.encode(sample[number])).reshape(t.shape) for sample in samples]
        )
        for number, t in enumerate(facts.inputs)
    }
    with TemporaryFile() as question, TemporaryFile() as answer:
        np.savez(question, **given)  # type: ignore[arg-type]
        question.seek(0)
        try:
            done = subprocess.run(
                child_command(__name__, TIMEOUT_S, str(answer.fileno())),
                stdin=question,
                pass_fds=[answer.fileno()],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelNotSupported(
                f"tflite-micro did not run {model.label} within {TIMEOUT_S:.0f} s"
            ) from error
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no output"]
            raise ModelNotSupported(f"tflite-micro can't run {model.label}: {said[-1]}")
        answer.seek(0)
        with np.load(answer) as arrays:
            outputs = [arrays[f"{number}"] for number in range(len(facts.outputs))]
    count = len(samples)
    return tuple(
        tensor.decode(each).reshape(count, -1)
        for tensor, each in zip(facts.outputs, outputs, strict=True)
    )


def _compute(given: bytes, descriptor: int) -> None:
    with np.load(BytesIO(given)) as arrays:
        model, arena = arrays[MODEL].tobytes(), int(arrays[ARENA])
        inputs = {int(name): arrays[name] for name in arrays.files if name.isdecimal()}
        asked = [int(place) for place in arrays[ASKED]]
    module = PACKAGE.load("tflite-micro")
    interpreter = module.Interpreter.from_bytes(model, arena_size=arena)
    outputs: list[list[NDArray[np.generic]]] = [[] for _ in asked]
    for sample in range(len(next(iter(inputs.values())))):
        for number, values in inputs.items():
            interpreter.set_input(values[sample], number)
        interpreter.invoke()
        for kept, place in zip(outputs, asked, strict=True):
            kept.append(np.array(interpreter.get_output(place)))
    named = {f"{number}": np.stack(each) for number, each in enumerate(outputs)}
    with open(descriptor, "wb") as answer:
        np.savez(answer, **named)  # type: ignore[arg-type]


if __name__ == "__main__":
    begin()
    _compute(sys.stdin.buffer.read(), int(sys.argv[3]))
