"""Read an .onnx file: its inputs, outputs and ops, and what they cost. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgebench.errors import ModelInvalid, ModelNotSupported
from edgebench.models.onnx.macs import MICROSOFT, STANDARD, macs_of
from edgebench.models.onnx.package import parsed, reader
from edgebench.models.onnx.values import (
    QUANTIZED_INPUTS,
    QUANTIZED_OUTPUTS,
    activation,
    constant,
    quantization_of,
    signature_of,
    unknown,
)
from edgebench.models.tflite.inspect import ModelFacts, Op, arena_of
from edgebench.models.tflite.shapes import MOST_DIMENSION, Shape
from edgebench.models.tflite.tensors import Quantization, Tensor

WEIGHTS_BYTES = 4096
"""A constant above this is a weight: no shape depends on its values."""
_BATCH = re.compile(
    r"\W*|-1|none|n|b|bs|.*batch.*|.*(dynamic_axes|unk_|dynamicdimension|dim)[_.]?\d+|s\d+",
    re.IGNORECASE,
)
"""Names of an open batch, and those that exporters give to sizes without one."""


def read_onnx(content: bytes, where: str, shapes: Mapping[str, Shape] | None = None) -> ModelFacts:
    """Read a model from bytes; `where` is what errors call it.

    Parameters
    ----------
    shapes
        Those of the inputs that the model leaves open, by name; all other shapes follow.

    Raises
    ------
    ModelInvalid
        If it is no ONNX model, is cut short or damaged, or has no input or no output.
    ModelNotSupported
        If an input or output is no tensor, or of no known rank.
    """
    model = parsed(content, where)
    graph = model.graph
    initializers = {each.name: each for each in graph.initializer}
    # Before version 4 of the format the constants stand among the inputs.
    entries = [each for each in graph.input if each.name not in initializers]
    for what, ends in (("input", entries), ("output", graph.output)):
        if not ends:
            raise ModelInvalid(f"{where}: the model has no {what}, so there is nothing to measure")
        _require_tensors(ends, what, where)
    batch_names = _batch_names(entries)
    other_sizes = () if shapes else tuple(_other_sizes(entries))
    for entry in entries:
        _set_batch(entry, batch_names)
    signatures = {each.name: signature_of(each) or () for each in (*entries, *graph.output)}
    for entry in entries:
        _set_shape(entry, (shapes or {}).get(entry.name))
    facts = _Facts(model, entries, initializers, signatures, where, shapes is not None)
    return replace(facts.facts(len(content)), sizes_of_one=other_sizes)


def _require_tensors(ends: Sequence[Any], what: str, where: str) -> None:
    for end in ends:
        kind = end.type.WhichOneof("value")
        if kind != "tensor_type":
            is_a = (kind or "value of no type").removesuffix("_type").replace("_", " ")
            raise ModelNotSupported(
                f"{where}: the {what} `{end.name}` is a {is_a}, and edgebench feeds and reads "
                "tensors; export the part of the model that works on tensors"
            )
        if what == "input" and signature_of(end) is None:
            raise ModelNotSupported(
                f"{where}: the input `{end.name}` has no number of dimensions; export the model "
                "with its inputs' shapes (open sizes may stay open)"
            )
        sizes = [each.dim_value for each in end.type.tensor_type.shape.dim]
        if max(sizes, default=0) > MOST_DIMENSION:
            raise ModelNotSupported(
                f"{where}: the {what} `{end.name}` has a size of {max(sizes):,}; edgebench "
                f"measures sizes up to {MOST_DIMENSION:,}"
            )


def _batch_names(entries: Sequence[Any]) -> set[str]:
    """Return the names that open batches have: sizes of one name are equal.

    A name that an input has twice is none: a matrix of nodes by nodes has a size, not a batch.
    """
    named = [[size.dim_param for size in each.type.tensor_type.shape.dim] for each in entries]
    twice = {name for names in named for name in names if names.count(name) > 1}
    return {names[0] for names in named if len(names) > 1} - twice - {""}


def _other_sizes(entries: Sequence[Any]) -> Iterator[str]:
    """Yield the inputs whose first dimension is open, and by its name something but a batch."""
    for entry in entries:
        sizes = entry.type.tensor_type.shape.dim
        if len(sizes) > 1 and not _BATCH.fullmatch(sizes[0].dim_param):
            yield entry.name


def _set_batch(entry: Any, names: set[str]) -> None:
    """Set a batch that is not an input's first dimension to 1: it can't be another."""
    for dimension in entry.type.tensor_type.shape.dim[1:]:
        if dimension.dim_param in names:
            dimension.dim_value = 1


def _set_shape(entry: Any, shape: Shape | None) -> None:
    """Give an input a shape, so that all others can be inferred; its batch is 1 otherwise."""
    dimensions = entry.type.tensor_type.shape.dim
    if shape is not None:
        for dimension, size in zip(dimensions, shape, strict=True):
            dimension.dim_value = size
    elif len(dimensions) > 1 and dimensions[0].WhichOneof("value") != "dim_value":
        dimensions[0].dim_value = 1


class _Facts:
    """Collects the tensors and ops of a graph; each value of a name is a tensor."""

    def __init__(
        self,
        model: Any,
        entries: Sequence[Any],
        initializers: Mapping[str, Any],
        signatures: Mapping[str, Shape],
        where: str,
        is_sized: bool,
    ) -> None:
        self._model, self._where = model, where
        self._entries, self._initializers = entries, initializers
        self._signatures, self._is_sized = signatures, is_sized
        self._quantizations = dict(self._found_quantizations())
        self._known = _inferred(model)
        self._tensors: list[Tensor] = []
        self._index: dict[str, int] = {}

    def facts(self, size_bytes: int) -> ModelFacts:
        """Return all that was found."""
        model = self._model
        inputs = tuple(self._end(entry) for entry in self._entries)
        ops = tuple(self._op(index, node) for index, node in enumerate(model.graph.node))
        outputs = tuple(self._end(output) for output in model.graph.output)
        tensors = tuple(self._tensors)
        made_by = " ".join(filter(None, (model.producer_name, model.producer_version)))
        opset = next((each.version for each in model.opset_import if not each.domain), 0)
        return ModelFacts(
            size_bytes=size_bytes,
            description=f"ONNX, opset {opset}" + (f", by {made_by}" if made_by else ""),
            tensors=tensors,
            inputs=inputs,
            outputs=outputs,
            ops=ops,
            signatures=(),
            subgraphs=1,
            arena_bytes=arena_of(tensors, ops, inputs, outputs),
        )

    def _end(self, value: Any) -> Tensor:
        """Return an input or output, with the sizes that the file leaves open."""
        index = self._of(value.name)
        tensor = self._tensors[index]
        signature = self._signatures[value.name]
        if self._is_sized or len(signature) != len(tensor.shape):
            signature = tensor.shape_signature
        made = Tensor(
            index,
            tensor.name,
            tensor.shape,
            signature,
            tensor.type_name,
            self._quantizations.get(value.name),
            tensor.constant_bytes,
        )
        self._tensors[index] = made
        return made

    def _of(self, name: str) -> int:
        """Return the number of the tensor of a name; a new one if it has none yet."""
        if name not in self._index:
            index = self._index[name] = len(self._tensors)
            if name in self._initializers:
                made = constant(index, self._initializers[name], self._where)
            elif name in self._known:
                made = activation(index, self._known[name])
            else:
                made = unknown(index, name)
            self._tensors.append(made)
        return self._index[name]

    def _op(self, index: int, node: Any) -> Op:
        # An input that is left out has an empty name, and keeps its place.
        places = [self._of(name) for name in node.input]
        outputs = [self._of(name) for name in node.output if name]
        inputs = [place for place, name in zip(places, node.input, strict=True) if name]
        macs = macs_of(
            node,
            [self._tensors[place] for place in places],
            [self._tensors[place] for place in outputs],
        )
        return Op(
            index=index,
            name=node.op_type,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            macs=macs or 0,
            weight_bytes=sum(self._tensors[place].constant_bytes for place in inputs),
            # The runtime brings Microsoft's ops itself.
            custom=(
                None if node.domain in (*STANDARD, MICROSOFT) else f"{node.domain}.{node.op_type}"
            ),
            knows_macs=macs is not None,
        )

    def _found_quantizations(self) -> Iterator[tuple[str, Quantization]]:
        """Yield the quantized inputs and outputs of the graph by name."""
        types = {
            each.name: activation(0, each).type_name
            for each in (*self._entries, *self._model.graph.output)
        }
        for node in self._model.graph.node:
            read, made = QUANTIZED_INPUTS.get(node.op_type), QUANTIZED_OUTPUTS.get(node.op_type)
            for places, value in (
                (read, node.input[read[0]] if read and len(node.input) > read[0] else ""),
                (made and (-1, *made), node.output[0] if made and node.output else ""),
            ):
                if places is None or value not in types:
                    continue
                found = [
                    self._initializers.get(node.input[place]) if place < len(node.input) else None
                    for place in places[1:]
                ]
                quantization = quantization_of(found[0], found[1], types[value])
                if quantization is not None:
                    yield value, quantization


def _inferred(model: Any) -> dict[str, Any]:
    """Return what is known of the values of a graph, by name, after inferring shapes."""
    onnx = reader()
    light = onnx.ModelProto()
    light.CopyFrom(model)
    for each in light.graph.initializer:
        if each.ByteSize() > WEIGHTS_BYTES:
            for name in ("raw_data", "float_data", "double_data", "int32_data", "int64_data"):
                each.ClearField(name)
    try:
        graph = onnx.shape_inference.infer_shapes(light, data_prop=True).graph
    except (onnx.shape_inference.InferenceError, RuntimeError, ValueError, TypeError):
        # A damaged or a newer model: what the file itself states is all there is.
        graph = light.graph
    return {each.name: each for each in (*graph.value_info, *graph.input, *graph.output)}
