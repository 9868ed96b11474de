"""The accuracy of a freshly written .tflite, for the card of the model it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def score_tflite(
    path: Path,
    evaluation: Path,
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda inputs: inputs,
) -> dict[str, str | int | float]:
    """Return what a card records of a variant: bytes, SHA-256 and top-1.

    Parameters
    ----------
    path
        A .tflite with one input and one output of class scores.
    evaluation
        An .npz with ``inputs`` and ``labels``.
    prepare
        From the stored inputs to what the model was trained on.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        str(path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    tensor, output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = tensor["quantization"]
    with np.load(evaluation) as data:
        inputs, labels = prepare(data["inputs"].astype(np.float32)), data["labels"]
    correct = 0
    if scale:
        inputs = np.clip(np.round(inputs / scale) + zero_point, -128, 127)
    for sample, label in zip(inputs, labels, strict=True):
        interpreter.set_tensor(tensor["index"], sample[None].astype(tensor["dtype"]))
        interpreter.invoke()
        correct += int(np.argmax(interpreter.get_tensor(output["index"])[0]) == label)
    return {
        "file": path.name,
        "size_bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "samples": len(labels),
        "top1_percent": round(100 * correct / len(labels), 2),
    }
