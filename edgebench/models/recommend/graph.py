"""A trained recommendation model as a .tflite, in the ops that TensorFlow Lite has for it.

    indices -> TRANSPOSE, RESHAPE, UNPACK -> a table each: EMBEDDING_LOOKUP, RESHAPE, SUM
    dense -> FULLY_CONNECTED...            all together -> interaction -> FULLY_CONNECTED...

The batch stays free: no shape in it says how many samples there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.geometry import Geometry
from edgebench.models.tflite.tensors import Quantization

Values = NDArray[np.float32]
Format = Literal["float32", "int8-dynamic", "int4-tables"]
FORMATS: tuple[Format, ...] = ("float32", "int8-dynamic", "int4-tables")
"""``int8-dynamic``: tables and weights in int8, activations quantized as they come;
``int4-tables``: the tables in 4 bits, which LiteRT alone can read, the rest as in
``int8-dynamic``."""
TABLE_BITS: dict[Format, int] = {"float32": 32, "int8-dynamic": 8, "int4-tables": 4}
"""What a value of a table takes."""
_LIMITS = {"int8": 127, "int4": 7}

_RELU, _NONE = 1, 0


@dataclass(frozen=True)
class Layer:
    """A fully connected layer: ``weights`` of shape (out, in), ``bias`` of shape (out,)."""

    weights: Values
    bias: Values


@dataclass(frozen=True)
class Weights:
    """Trained weights: tables of shape (rows, dim), and the layers of both MLPs.

    A model of more rows repeats a table's: row ``r`` of it is row ``r`` modulo the table's.
    """

    tables: tuple[Values, ...]
    bottom: tuple[Layer, ...]
    top: tuple[Layer, ...]


def quantized(values: Values, limit: int) -> tuple[NDArray[np.int8], Quantization]:
    """Round values to -limit to limit, with one scale for all.

    A scale a row would be nearer, but tflite-runtime 2.14 then takes the first row's for all,
    without a word, and with its zero point it takes 12 bytes: more than a row of 16 values in 4
    bits. One a table costs 0.001 of AUC in 4 bits, and nothing to be seen in 8.
    """
    scale = np.float32(max(float(np.abs(values).max()), 1e-12) / limit)
    stored = np.clip(np.rint(values / scale), -limit, limit).astype(np.int8)
    return stored, Quantization((float(scale),), (0,))


@dataclass
class _Graph:
    tensors: list[NewTensor] = field(default_factory=list)
    ops: list[NewOp] = field(default_factory=list)

    def value(self, name: str, shape: tuple[int, ...], dtype: str = "float32") -> str:
        self.tensors.append(NewTensor(name, shape, dtype))
        return name

    def constant(
        self,
        name: str,
        values: Any,
        dtype: str = "int32",
        quantization: Quantization | None = None,
    ) -> str:
        array = np.asarray(values)
        self.tensors.append(NewTensor(name, array.shape, dtype, quantization, array))
        return name

    def op(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str,
        shape: tuple[int, ...],
        options: tuple[str, dict[str, Any]] | None = None,
        dtype: str = "float32",
    ) -> str:
        self.value(output, shape, dtype)
        self.ops.append(NewOp(kind, tuple(inputs), (output,), options))
        return output


def recommendation_model(geometry: Geometry, weights: Weights, form: Format) -> NewModel:
    """Return a model with the inputs ``dense``, shape (1, dense), and ``indices``, int32, shape
    (1, tables, lookups), and the probability of a click as its output, shape (1, 1)."""
    graph = _Graph()
    dense = graph.value("dense", (1, geometry.dense))
    indices = graph.value("indices", (1, geometry.tables, geometry.lookups), "int32")
    bottom = _mlp(graph, "bottom", dense, weights.bottom, form, last=_RELU)
    pooled = _pooled(graph, geometry, weights, indices, form)
    together = _interaction(graph, geometry, (bottom, *pooled))
    logit = _mlp(graph, "top", together, weights.top, form, last=_NONE)
    graph.op("LOGISTIC", (logit,), "click", (1, 1))
    return NewModel(graph.tensors, graph.ops, ["dense", "indices"], ["click"])


def _mlp(
    graph: _Graph, name: str, source: str, layers: Sequence[Layer], form: Format, last: int
) -> str:
    for number, layer in enumerate(layers):
        here = f"{name}{number}"
        if form == "float32":
            weights = graph.constant(f"{here}/w", layer.weights, "float32")
        else:
            stored, scale = quantized(layer.weights, _LIMITS["int8"])
            weights = graph.constant(f"{here}/w", stored, "int8", scale)
        bias = graph.constant(f"{here}/b", layer.bias, "float32")
        activation = last if number == len(layers) - 1 else _RELU
        options = {"fusedActivationFunction": activation, "asymmetricQuantizeInputs": True}
        source = graph.op(
            "FULLY_CONNECTED",
            (source, weights, bias),
            here,
            (1, len(layer.bias)),
            ("FullyConnected", options),
        )
    return source


def _pooled(
    graph: _Graph, geometry: Geometry, weights: Weights, indices: str, form: Format
) -> list[str]:
    tables, lookups, dim = geometry.tables, geometry.lookups, geometry.dim
    order = graph.constant("tables first", [1, 0, 2])
    turned = graph.op(
        "TRANSPOSE", (indices, order), "by table", (tables, 1, lookups), ("Transpose", {}), "int32"
    )
    flat_shape = graph.constant("a row a table", [tables, -1])
    flat = graph.op(
        "RESHAPE", (turned, flat_shape), "rows", (tables, lookups), ("Reshape", {}), "int32"
    )
    ids = [graph.value(f"ids{table}", (lookups,), "int32") for table in range(tables)]
    graph.ops.append(NewOp("UNPACK", (flat,), tuple(ids), ("Unpack", {"num": tables, "axis": 0})))
    bags = graph.constant("bags", [-1, lookups, dim])
    over_lookups = graph.constant("over lookups", [1])
    pooled = []
    for number, (each, values) in enumerate(zip(ids, weights.tables, strict=True)):
        table = _table(graph, f"table{number}", values, form, geometry.rows)
        found = graph.op("EMBEDDING_LOOKUP", (each, table), f"found{number}", (lookups, dim))
        if lookups > 1:
            bag = graph.op(
                "RESHAPE", (found, bags), f"bag{number}", (1, lookups, dim), ("Reshape", {})
            )
            found = graph.op(
                "SUM",
                (bag, over_lookups),
                f"pooled{number}",
                (1, dim),
                ("Reducer", {"keepDims": False}),
            )
        pooled.append(found)
    return pooled


def _table(graph: _Graph, name: str, values: Values, form: Format, rows: int) -> str:
    places = np.arange(rows) % len(values)
    if form == "float32":
        return graph.constant(name, values[places], "float32")
    kind = "int4" if form == "int4-tables" else "int8"
    stored, scale = quantized(values, _LIMITS[kind])
    return graph.constant(name, stored[places], kind, scale)


def _interaction(graph: _Graph, geometry: Geometry, parts: Sequence[str]) -> str:
    dim, count = geometry.dim, geometry.tables + 1
    joined = ("Concatenation", {"axis": 1})
    together = graph.op("CONCATENATION", parts, "together", (1, dim * count), joined)
    if geometry.interaction == "concat":
        return together
    shape = graph.constant("features", [-1, count, dim])
    features = graph.op(
        "RESHAPE", (together, shape), "features apart", (1, count, dim), ("Reshape", {})
    )
    products = graph.op(
        "BATCH_MATMUL",
        (features, features),
        "products",
        (1, count, count),
        ("BatchMatMul", {"adjX": False, "adjY": True}),
    )
    flat_shape = graph.constant("all products", [-1, count * count])
    flat = graph.op(
        "RESHAPE", (products, flat_shape), "flat products", (1, count * count), ("Reshape", {})
    )
    unique = graph.constant("unique pairs", [i * count + j for i, j in geometry.pairs])
    pairs = graph.op(
        "GATHER",
        (flat, unique),
        "pairs",
        (1, len(geometry.pairs)),
        ("Gather", {"axis": 1, "batchDims": 0}),
    )
    width = geometry.interaction_width
    return graph.op("CONCATENATION", (parts[0], pairs), "interaction", (1, width), joined)
