"""Write .tflite files from arrays.

One operator after the other, no signatures; further graphs are for ops that run them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.models.tflite.flatbuffer.reading import FILE_IDENTIFIER
from edgebench.models.tflite.flatbuffer.schema import schema
from edgebench.models.tflite.tensors import DTYPES, Quantization

SCHEMA_VERSION = 3
_NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class NewTensor:
    """A tensor to be written; ``values`` makes it a constant.

    ``dtype`` is numpy's name, or ``int4`` (-8 to 7), which is stored two values a byte, or
    ``resource``; ``shape_signature`` has -1 where a size is open; ``is_variable`` is for the state
    of a recurrent layer.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None
    values: NDArray[Any] | None = None
    shape_signature: tuple[int, ...] | None = None
    is_variable: bool = False


@dataclass(frozen=True)
class NewOp:
    """An operator to be written.

    ``options`` are the fields of the schema's ``{kind}Options``, such as ``("FullyConnected",
    {"fusedActivationFunction": 1})``; an input named ``""`` is one that is left out. ``custom`` is
    the name of a custom op, ``custom_options`` its flexbuffer. ``version`` is the op's: runtimes
    want 2 for some ops of int8.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: tuple[str, dict[str, Any]] | None = None
    custom: str | None = None
    custom_options: bytes = b""
    version: int = 1


@dataclass(frozen=True)
class NewModel:
    """A model to be written: tensors are named by their operators."""

    tensors: Sequence[NewTensor]
    ops: Sequence[NewOp]
    inputs: Sequence[str]
    outputs: Sequence[str]
    description: str = "made by edgebench"
    graphs: Sequence[NewModel] = ()
    """Further graphs, from subgraph 1 on."""
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        names = {tensor.name: index for index, tensor in enumerate(self.tensors)}
        object.__setattr__(self, "places", names)

    def to_bytes(self) -> bytes:
        """Return the .tflite."""
        import flatbuffers

        s = schema()
        model = s.ModelT()
        model.version = SCHEMA_VERSION
        model.description = self.description
        model.buffers = [s.BufferT()]  # the one of tensors that hold nothing
        model.operatorCodes = []
        model.subgraphs = [each._graph(model) for each in (self, *self.graphs)]
        model.subgraphs[0].name = "main"
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
        return bytes(builder.Output())

    def _graph(self, model: Any) -> Any:
        graph = schema().SubGraphT()
        graph.tensors = [self._tensor(tensor, model) for tensor in self.tensors]
        graph.operators = [self._op(op, model) for op in self.ops]
        graph.inputs = [self.places[name] for name in self.inputs]
        graph.outputs = [self.places[name] for name in self.outputs]
        return graph

    def _tensor(self, tensor: NewTensor, model: Any) -> Any:
        s = schema()
        written = s.TensorT()
        written.name = tensor.name
        written.shape = list(tensor.shape)
        if tensor.shape_signature is not None:
            written.shapeSignature = list(tensor.shape_signature)
        written.type = getattr(s.TensorType, _type_name(tensor.dtype))
        written.buffer = 0
        written.isVariable = tensor.is_variable
        if tensor.values is not None:
            buffer = s.BufferT()
            buffer.data = _stored(tensor.values, tensor.dtype)
            written.buffer = len(model.buffers)
            model.buffers.append(buffer)
        if tensor.quantization is not None:
            parameters = s.QuantizationParametersT()
            parameters.scale = list(tensor.quantization.scales)
            parameters.zeroPoint = list(tensor.quantization.zero_points)
            parameters.quantizedDimension = tensor.quantization.axis
            written.quantization = parameters
        return written

    def _op(self, op: NewOp, model: Any) -> Any:
        s = schema()
        code = s.OperatorCodeT()
        code.builtinCode = getattr(s.BuiltinOperator, op.name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode = op.custom
        code.version = op.version
        written = s.OperatorT()
        written.opcodeIndex = len(model.operatorCodes)
        model.operatorCodes.append(code)
        written.inputs = [self.places[name] if name else -1 for name in op.inputs]
        written.outputs = [self.places[name] for name in op.outputs]
        if op.custom_options:
            written.customOptions = np.frombuffer(op.custom_options, np.uint8)
        if op.options is not None:
            kind, values = op.options
            options = getattr(s, f"{kind}OptionsT")()
            for name, value in values.items():
                setattr(options, name, value)
            written.builtinOptionsType = getattr(s.BuiltinOptions, f"{kind}Options")
            written.builtinOptions = options
        return written


def _type_name(dtype: str) -> str:
    return dtype.upper() if dtype in ("int4", "resource") else _NAMES[np.dtype(dtype)]


def _stored(values: NDArray[Any], dtype: str) -> NDArray[np.uint8]:
    if dtype != "int4":
        return np.ascontiguousarray(values, dtype).reshape(-1).view(np.uint8)
    nibbles = np.ascontiguousarray(values, np.int8).reshape(-1).view(np.uint8) & 0xF
    even = np.append(nibbles, np.zeros(nibbles.size % 2, np.uint8))
    return np.asarray(even[0::2] | even[1::2] << 4)  # the first of two values in the low half
