"""Small models with random weights, which tests and benchmarks measure themselves with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization


def dense_model(
    sizes: Sequence[int], dtype: str = "float32", seed: int = 1, batch: int = 1
) -> NewModel:
    """Return a chain of fully connected layers with random weights.

    Parameters
    ----------
    sizes
        Width of the input, then of every layer.
    dtype
        ``float32`` or ``int8`` (then symmetric weights, int32 biases of zero).
    """
    rng = np.random.default_rng(seed)
    quantized = dtype == "int8"
    scale = Quantization((0.05,), (0,)) if quantized else None
    tensors = [NewTensor("input", (batch, sizes[0]), dtype, scale)]
    ops = []
    for number, (size, previous) in enumerate(zip(sizes[1:], sizes, strict=False)):
        weights = rng.integers(-20, 20, (size, previous)) if quantized else None
        real = rng.normal(0, 1 / np.sqrt(previous), (size, previous))
        weight_scale = Quantization((0.01,), (0,)) if quantized else None
        bias_scale = Quantization((0.0005,), (0,)) if quantized else None
        here = f"dense{number}"
        tensors += [
            NewTensor(
                f"{here}/w",
                (size, previous),
                dtype,
                weight_scale,
                real if weights is None else weights,
            ),
            NewTensor(
                f"{here}/b",
                (size,),
                "int32" if quantized else "float32",
                bias_scale,
                np.zeros(size),
            ),
            NewTensor(here, (batch, size), dtype, scale),
        ]
        source = f"dense{number - 1}" if number else "input"
        ops.append(
            NewOp(
                "FULLY_CONNECTED",
                (source, f"{here}/w", f"{here}/b"),
                (here,),
                ("FullyConnected", {"fusedActivationFunction": 0}),
            )
        )
    return NewModel(tensors, ops, ["input"], [f"dense{len(sizes) - 2}"])


def branched_model(branches: int, depth: int, size: int, seed: int = 1) -> NewModel:
    """Return a float model of chains side by side: each of fully connected layers, then joined.

    Parameters
    ----------
    branches, depth
        How many chains, and how many layers each.
    size
        Width of the input and of every layer.
    """
    rng = np.random.default_rng(seed)
    tensors = [NewTensor("input", (1, size), "float32")]
    ops, ends = [], []
    for branch in range(branches):
        source = "input"
        for layer in range(depth):
            here = f"branch{branch}/{layer}"
            weights = rng.normal(0, 1 / np.sqrt(size), (size, size))
            tensors += [
                NewTensor(f"{here}/w", (size, size), "float32", values=weights),
                NewTensor(f"{here}/b", (size,), "float32", values=np.zeros(size)),
                NewTensor(here, (1, size), "float32"),
            ]
            names = (source, f"{here}/w", f"{here}/b")
            ops.append(NewOp("FULLY_CONNECTED", names, (here,), ("FullyConnected", {})))
            source = here
        ends.append(source)
    tensors.append(NewTensor("joined", (1, size * branches), "float32"))
    ops.append(NewOp("CONCATENATION", tuple(ends), ("joined",), ("Concatenation", {"axis": 1})))
    return NewModel(tensors, ops, ["input"], ["joined"])
