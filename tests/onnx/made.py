"""Small .onnx models, made for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
End = tuple[str, int, Sequence[int | str | None] | None]
"""A name, an element type and a shape, which may have names for open sizes."""


def model(
    nodes: Sequence[Any],
    inputs: Sequence[End],
    outputs: Sequence[End],
    constants: Mapping[str, NDArray[Any]] | None = None,
    opset: int = 17,
    others: Sequence[str] = (),
) -> Any:
    """Return a ``ModelProto``; `others` are domains of custom ops."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [numpy_helper.from_array(values, name) for name, values in (constants or {}).items()],
    )
    domains = [helper.make_opsetid("", opset), *(helper.make_opsetid(each, 1) for each in others)]
    return helper.make_model(graph, opset_imports=domains, ir_version=8)


def node(kind: str, inputs: str, outputs: str, **attributes: Any) -> Any:
    """Return a node; names are separated by spaces."""
    return helper.make_node(kind, inputs.split(), outputs.split(), **attributes)


def weights(*shape: int) -> NDArray[np.float32]:
    """Return numbers that differ, the same ones each time."""
    return np.random.default_rng(7).normal(size=shape).astype(np.float32)


def classifier() -> Any:
    """A convolution and a dense layer with an open batch: 3x6x6 in, 4 out; 5,864 MACs."""
    return model(
        [
            node("Conv", "x w b", "c", name="conv", pads=[1, 1, 1, 1]),
            node("Relu", "c", "r", name="relu"),
            node("GlobalAveragePool", "r", "p", name="pool"),
            node("Flatten", "p", "f", name="flatten"),
            node("Gemm", "f d", "y", name="dense", transB=1),
        ],
        [("x", FLOAT, ["N", 3, 6, 6])],
        [("y", FLOAT, ["N", 4])],
        {"w": weights(6, 3, 3, 3), "b": np.zeros(6, np.float32), "d": weights(4, 6)},
    )


def quantized_ends() -> Any:
    """A QDQ model whose input and output are int8: y = 2 x."""
    scalars = {"sx": np.float32(0.1), "sy": np.float32(0.2)}
    zeros = {"zx": np.int8(3), "zy": np.int8(-5)}
    return model(
        [
            node("DequantizeLinear", "x sx zx", "f"),
            node("Mul", "f two", "g"),
            node("QuantizeLinear", "g sy zy", "y"),
        ],
        [("x", TensorProto.INT8, [1, 5])],
        [("y", TensorProto.INT8, [1, 5])],
        {"two": np.float32(2), **scalars, **zeros},
    )


def saved(proto: Any, folder: Path, name: str = "m") -> Path:
    """Write a model as a file."""
    path = folder / f"{name}.onnx"
    onnx.save(proto, path)
    return path
