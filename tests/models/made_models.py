"""Small models with random weights, which tests and benchmarks measure themselves with."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.models.tflite.flatbuffer.rewrite import packed
from edgebench.models.tflite.flatbuffer.schema import schema
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


def open_image_model(seed: int = 1) -> NewModel:
    """Return a float model of images of any height and width: a convolution, then their mean."""
    rng = np.random.default_rng(seed)
    return NewModel(
        [
            NewTensor("image", (1, 1, 1, 3), "float32", shape_signature=(-1, -1, -1, 3)),
            NewTensor("w", (8, 3, 3, 3), "float32", values=rng.normal(0, 0.3, (8, 3, 3, 3))),
            NewTensor("b", (8,), "float32", values=rng.normal(0, 0.3, 8)),
            NewTensor("axes", (2,), "int32", values=np.array([1, 2])),
            NewTensor("maps", (1, 1, 1, 8), "float32", shape_signature=(-1, -1, -1, 8)),
            NewTensor("means", (1, 8), "float32", shape_signature=(-1, 8)),
        ],
        [
            NewOp(
                "CONV_2D", ("image", "w", "b"), ("maps",), ("Conv2D", {"strideW": 1, "strideH": 1})
            ),
            NewOp("MEAN", ("maps", "axes"), ("means",), ("Reducer", {"keepDims": False})),
        ],
        ["image"],
        ["means"],
    )


def segmentation_model() -> NewModel:
    """Return a float model whose output is as large as its image: every value doubled."""
    signature = (1, -1, -1, 1)
    return NewModel(
        [
            NewTensor("image", (1, 1, 1, 1), "float32", shape_signature=signature),
            NewTensor("mask", (1, 1, 1, 1), "float32", shape_signature=signature),
        ],
        [NewOp("ADD", ("image", "image"), ("mask",), ("Add", {}))],
        ["image"],
        ["mask"],
    )


def token_model() -> NewModel:
    """Return a float model of two sequences of any length, of one shape: their difference.

    The graph has ``tokens`` first.
    """
    open_length = (-1, -1)
    return NewModel(
        [
            NewTensor(name, (1, 1), "float32", shape_signature=open_length)
            for name in ("tokens", "mask", "difference")
        ],
        [NewOp("SUB", ("tokens", "mask"), ("difference",), ("Sub", {}))],
        ["tokens", "mask"],
        ["difference"],
    )


@dataclass(frozen=True)
class MadeSignature:
    """A signature to be written: the names of a graph's tensors, in the signature's order."""

    key: str
    graph: NewModel
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def signed(*signatures: MadeSignature, first_last: bool = False) -> bytes:
    """Return a file with a graph per signature.

    Parameters
    ----------
    first_last
        Whether the graphs stand in the reverse order of the signatures.
    """
    s = schema()
    whole = None
    ordered = tuple(reversed(signatures)) if first_last else signatures
    for each in ordered:
        part = unpacked(each.graph.to_bytes(), each.key)
        if whole is None:
            whole = part
            continue
        buffers, codes = len(whole.buffers), len(whole.operatorCodes)
        (graph,) = part.subgraphs
        for tensor in graph.tensors:
            tensor.buffer += buffers
        for op in graph.operators:
            op.opcodeIndex += codes
        whole.buffers += part.buffers
        whole.operatorCodes += part.operatorCodes
        whole.subgraphs.append(graph)
    assert whole is not None
    whole.signatureDefs = []
    for each in signatures:
        written = s.SignatureDefT()
        written.signatureKey = each.key
        written.subgraphIndex = ordered.index(each)
        written.inputs = _maps(each.graph, each.inputs)
        written.outputs = _maps(each.graph, each.outputs)
        whole.signatureDefs.append(written)
    return packed(whole)


def _maps(graph: NewModel, names: Mapping[str, str]) -> list[Any]:
    made = []
    for name, tensor in names.items():
        entry = schema().TensorMapT()
        entry.name, entry.tensorIndex = name, graph.places[tensor]
        made.append(entry)
    return made


def altered(model: Model, change: object) -> Model:
    """Return a model after a change to its schema objects."""
    table = unpacked(model.content, "model")
    change(table)  # type: ignore[operator]
    content = packed(table)
    return dataclasses.replace(
        model, content=content, sha256=hashlib.sha256(content).hexdigest(), card=None
    )
