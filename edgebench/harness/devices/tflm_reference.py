"""Outputs of TensorFlow Lite Micro's own reference kernels, from the package tflite-micro.

``python -m edgebench.harness.devices.tflm_reference PARENT SECONDS FOLDER`` is the child that
computes them: what TFLM finds wrong in a model ends its process.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelNotSupported
from edgebench.expendable import begin, child_command
from edgebench.models.resolve import Model
from edgebench.runtimes.package import RuntimePackage

PACKAGE = RuntimePackage(
    "tflite-micro",
    "tflite_micro.python.tflite_micro.runtime",
    "`pip install tflite-micro` (Python 3.11 or older)",
)
MODEL, INPUTS, OUTPUTS = "model.tflite", "inputs.npz", "outputs.npy"
TIMEOUT_S = 600.0
ARENA_SHARE, LEAST_ARENA = 4, 1 << 20
"""Of the activations' bytes by our own plan: TFLM's bookkeeping for this machine comes on top."""


def outputs_by_tflm(model: Model, samples: Sequence[Sample]) -> NDArray[np.float32]:
    """Return the first output of every sample in real values, shape (samples, values).

    Raises
    ------
    ModelNotSupported
        If TFLM can't run the model.
    """
    facts = model.facts
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / MODEL).write_bytes(model.content)
        arena = max(LEAST_ARENA, ARENA_SHARE * facts.arena_bytes + facts.size_bytes)
        stored = {
            f"{number}": np.stack(
                [np.asarray(t.encode(sample[number])).reshape(t.shape) for sample in samples]
            )
            for number, t in enumerate(facts.inputs)
        }
        np.savez(folder / INPUTS, arena=arena, **stored)  # type: ignore[arg-type]
        try:
            done = subprocess.run(
                child_command(__name__, TIMEOUT_S, name),
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
        outputs: NDArray[np.generic] = np.load(folder / OUTPUTS)
    return np.stack([facts.outputs[0].decode(output).ravel() for output in outputs])


def _compute(folder: Path) -> None:
    module = PACKAGE.load("tflite-micro")
    given = np.load(folder / INPUTS)
    interpreter = module.Interpreter.from_bytes(
        (folder / MODEL).read_bytes(), arena_size=int(given["arena"])
    )
    inputs = [given[f"{number}"] for number in range(len(given.files) - 1)]
    outputs = []
    for sample in range(len(inputs[0])):
        for number, values in enumerate(inputs):
            interpreter.set_input(values[sample], number)
        interpreter.invoke()
        outputs.append(np.array(interpreter.get_output(0)))
    np.save(folder / OUTPUTS, np.stack(outputs))


if __name__ == "__main__":
    begin()
    _compute(Path(sys.argv[3]))
