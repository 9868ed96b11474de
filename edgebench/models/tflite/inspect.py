"""Read a .tflite file: its tensors, its ops, and what they cost. Nothing is run."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import ModelInvalid
from edgebench.models.tflite.arena import Lifetime, plan_arena
from edgebench.models.tflite.macs import macs_of
from edgebench.models.tflite.schema import names_of, schema
from edgebench.models.tflite.tensors import Quantization, Tensor

FILE_IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class Op:
    """An operator of the main subgraph; ``custom`` is its own name if it is a custom one."""

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    macs: int
    weight_bytes: int
    custom: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What a .tflite file says of itself.

    ``arena_bytes`` is the activations' memory as a greedy planner lays it out (16-byte
    aligned, TensorFlow Lite's strategy), without any kernel's scratch space.
    """

    size_bytes: int
    description: str
    tensors: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    signatures: tuple[str, ...]
    subgraphs: int
    arena_bytes: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(op.macs for op in self.ops)

    @property
    def weight_bytes(self) -> int:
        """Of all constant tensors."""
        return sum(tensor.constant_bytes for tensor in self.tensors)

    @property
    def custom_ops(self) -> tuple[str, ...]:
        """The names of its custom ops, sorted."""
        return tuple(sorted({op.custom for op in self.ops if op.custom}))

    def consumers(self, tensor: Tensor) -> tuple[Op, ...]:
        """Return the ops that read a tensor."""
        return tuple(op for op in self.ops if tensor.index in op.inputs)


def inspect_model(path: Path) -> ModelFacts:
    """Read a .tflite file.

    Raises
    ------
    ModelInvalid
        If it can't be read, is not a TensorFlow Lite flatbuffer, or is cut short or damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelInvalid(f"{path}: can't be read: {error.strerror}") from error
    return read_model(content, str(path))


def read_model(content: bytes, where: str) -> ModelFacts:
    """Read a model from bytes; `where` is what errors call it.

    Raises
    ------
    ModelInvalid
        As `inspect_model`.
    """
    if content[4:8] != FILE_IDENTIFIER:
        raise ModelInvalid(
            f"{where}: not a .tflite model: its bytes 4 to 8 are not {FILE_IDENTIFIER.decode()}"
        )
    try:
        return _facts(content)
    # What the generated readers raise when an offset points outside the file.
    except (struct.error, IndexError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ModelInvalid(
            f"{where}: the model is damaged or cut short ({len(content)} bytes): {error}; "
            "compare its SHA-256 with its source and fetch it again"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise ModelInvalid(f"{where}: the model is damaged: its structure has no end") from error


def _facts(content: bytes) -> ModelFacts:
    model = schema().Model.GetRootAs(content, 0)
    if model.SubgraphsLength() < 1:
        raise ValueError("it has no subgraph")
    graph = model.Subgraphs(0)
    sizes = [_buffer_bytes(model.Buffers(i), len(content)) for i in range(model.BuffersLength())]
    codes = [_op_name(model.OperatorCodes(i)) for i in range(model.OperatorCodesLength())]
    tensors = tuple(_tensor(graph.Tensors(i), i, sizes) for i in range(graph.TensorsLength()))
    ops = tuple(_op(graph.Operators(i), i, codes, tensors) for i in range(graph.OperatorsLength()))
    inputs = tuple(tensors[graph.Inputs(i)] for i in range(graph.InputsLength()))
    outputs = tuple(tensors[graph.Outputs(i)] for i in range(graph.OutputsLength()))
    if not inputs or not outputs:
        raise ValueError("it has no input or no output")
    return ModelFacts(
        size_bytes=len(content),
        description=_text(model.Description()),
        tensors=tensors,
        inputs=inputs,
        outputs=outputs,
        ops=ops,
        signatures=tuple(
            _text(model.SignatureDefs(i).SignatureKey()) for i in range(model.SignatureDefsLength())
        ),
        subgraphs=model.SubgraphsLength(),
        arena_bytes=plan_arena(_lifetimes(tensors, ops, inputs, outputs)),
    )


def _buffer_bytes(buffer: Any, file_bytes: int) -> int:
    # Models over 2 GB keep their data behind the flatbuffer: Offset and Size instead of Data.
    outside = int(buffer.Size()) if hasattr(buffer, "Size") else 0
    size = outside or int(buffer.DataLength())
    end = int(buffer.Offset()) + outside if outside else size
    if end > file_bytes:
        raise ValueError(f"a buffer of {size} bytes ends outside the file")
    return size


def _op_name(code: Any) -> tuple[str, str | None]:
    # Old files have the code in the deprecated byte and 0 in the new field; the larger is right.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = names_of("BuiltinOperator")[number]
    return name, _text(code.CustomCode()) if name == "CUSTOM" else None


def _tensor(tensor: Any, index: int, buffer_bytes: list[int]) -> Tensor:
    shape = tuple(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))
    if any(size < 0 for size in shape):
        raise ValueError(f"tensor {index} has the shape {shape}")
    signature = tuple(int(tensor.ShapeSignature(i)) for i in range(tensor.ShapeSignatureLength()))
    return Tensor(
        index=index,
        name=_text(tensor.Name()),
        shape=shape,
        shape_signature=signature or shape,
        type_name=names_of("TensorType")[tensor.Type()],
        quantization=_quantization(tensor.Quantization()),
        constant_bytes=buffer_bytes[tensor.Buffer()],
        is_variable=bool(tensor.IsVariable()),
    )


def _quantization(parameters: Any) -> Quantization | None:
    if parameters is None or parameters.ScaleLength() == 0:
        return None
    scales = tuple(float(parameters.Scale(i)) for i in range(parameters.ScaleLength()))
    zeros = tuple(int(parameters.ZeroPoint(i)) for i in range(parameters.ZeroPointLength()))
    if not all(0 < scale < float("inf") for scale in scales):
        raise ValueError(f"a quantization scale is {scales[0]}")
    return Quantization(scales, zeros or (0,), int(parameters.QuantizedDimension()))


def _op(op: Any, index: int, codes: list[tuple[str, str | None]], tensors: Any) -> Op:
    name, custom = codes[op.OpcodeIndex()]
    inputs = tuple(int(op.Inputs(i)) for i in range(op.InputsLength()))
    outputs = tuple(int(op.Outputs(i)) for i in range(op.OutputsLength()))
    for number in (*inputs, *outputs):
        if not -1 <= number < len(tensors):
            raise ValueError(f"op {index} ({name}) names tensor {number} of {len(tensors)}")
    present = [tensors[number] for number in inputs if number >= 0]
    return Op(
        index=index,
        name=name,
        inputs=tuple(number for number in inputs if number >= 0),
        outputs=outputs,
        macs=macs_of(name, present, [tensors[number] for number in outputs]),
        weight_bytes=sum(tensor.constant_bytes for tensor in present),
        custom=custom,
    )


def _lifetimes(
    tensors: tuple[Tensor, ...],
    ops: tuple[Op, ...],
    inputs: tuple[Tensor, ...],
    outputs: tuple[Tensor, ...],
) -> list[Lifetime]:
    first = {tensor.index: 0 for tensor in inputs}
    last = {tensor.index: len(ops) for tensor in outputs}
    for op in ops:
        for number in op.outputs:
            first.setdefault(number, op.index)
            last.setdefault(number, op.index)
        for number in op.inputs:
            last[number] = max(last.get(number, 0), op.index)
    return [
        Lifetime(tensor.size_bytes, first[tensor.index], last.get(tensor.index, 0))
        for tensor in tensors
        if tensor.index in first and not tensor.constant_bytes
    ]


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else (value or "")
