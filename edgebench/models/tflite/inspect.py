"""Read a .tflite file: its tensors, its ops, and what they cost. Nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from edgebench.models.tflite.arena import Lifetime, plan_arena
from edgebench.models.tflite.macs import macs_of
from edgebench.models.tflite.reading import INSIDE, damage_named, data_behind, model_table
from edgebench.models.tflite.schema import names_of
from edgebench.models.tflite.tensors import Quantization, Tensor
from edgebench.models.tflite.verify import Damaged

FREE = -1
"""A dimension whose size only running the model tells."""
MOST_DIMENSIONS = 64
MOST_TENSOR_BYTES = 2**40


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


def read_model(content: bytes, where: str) -> ModelFacts:
    """Read a model from bytes; `where` is what errors call it.

    Raises
    ------
    ModelInvalid
        If it is not a TensorFlow Lite flatbuffer, or is cut short or damaged.
    """
    model = model_table(content, where)
    with damage_named(content, where):
        return _facts(model, content)


def _facts(model: Any, content: bytes) -> ModelFacts:
    if model.SubgraphsLength() < 1:
        raise Damaged("it has no subgraph")
    graph = model.Subgraphs(0)
    sizes = [_buffer_bytes(model.Buffers(i), i, content) for i in range(model.BuffersLength())]
    codes = [_op_name(model.OperatorCodes(i), i) for i in range(model.OperatorCodesLength())]
    tensors = tuple(_tensor(graph.Tensors(i), i, sizes) for i in range(graph.TensorsLength()))
    ops = tuple(_op(graph.Operators(i), i, codes, tensors) for i in range(graph.OperatorsLength()))
    inputs = _ends(graph.InputsLength(), graph.Inputs, tensors, "input")
    outputs = _ends(graph.OutputsLength(), graph.Outputs, tensors, "output")
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


def _ends(
    count: int, number_at: Callable[[int], int], tensors: tuple[Tensor, ...], what: str
) -> tuple[Tensor, ...]:
    numbers = [int(number_at(i)) for i in range(count)]
    if not numbers:
        raise Damaged(f"it has no {what}")
    for number in numbers:
        if not 0 <= number < len(tensors):
            raise Damaged(f"its {what} is tensor {number} of {len(tensors)}")
    return tuple(tensors[number] for number in numbers)


def _buffer_bytes(buffer: Any, index: int, content: bytes) -> int:
    # Models over 2 GB keep their data behind the flatbuffer: Offset and Size instead of Data.
    if hasattr(buffer, "Size") and buffer.Offset() > INSIDE:
        offset, size = int(buffer.Offset()), int(buffer.Size())
        return len(data_behind(content, offset, size, f"buffers[{index}]"))
    return int(buffer.DataLength())


def _op_name(code: Any, index: int) -> tuple[str, str | None]:
    # Old files have the code in the deprecated byte and 0 in the new field; the larger is right.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = _named("BuiltinOperator", number, f"operator_codes[{index}]")
    return name, _text(code.CustomCode()) if name == "CUSTOM" else None


def _named(enumeration: str, number: int, path: str) -> str:
    name = names_of(enumeration).get(number)
    if name is None:
        raise Damaged(
            f"`{path}` is {enumeration} {number}, which the schema that is installed does not have"
        )
    return name


def _tensor(tensor: Any, index: int, buffer_bytes: list[int]) -> Tensor:
    path = f"subgraphs[0].tensors[{index}]"
    if max(tensor.ShapeLength(), tensor.ShapeSignatureLength()) > MOST_DIMENSIONS:
        raise Damaged(f"`{path}` has {tensor.ShapeLength()} dimensions")
    stated = tuple(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))
    signature = tuple(int(tensor.ShapeSignature(i)) for i in range(tensor.ShapeSignatureLength()))
    if min((*stated, *signature), default=0) < FREE:
        raise Damaged(f"`{path}` has the shape {list(stated)}")
    if not 0 <= tensor.Buffer() < len(buffer_bytes):
        raise Damaged(f"`{path}` names buffer {tensor.Buffer()} of {len(buffer_bytes)}")
    found = Tensor(
        index=index,
        name=_text(tensor.Name()),
        # Where only running it tells the size, the runtimes begin with 1 as well.
        shape=tuple(1 if size == FREE else size for size in stated),
        shape_signature=signature or stated,
        type_name=_named("TensorType", tensor.Type(), f"{path}.type"),
        quantization=_quantization(tensor.Quantization(), path),
        constant_bytes=buffer_bytes[tensor.Buffer()],
        is_variable=bool(tensor.IsVariable()),
    )
    if found.size_bytes > MOST_TENSOR_BYTES:
        raise Damaged(f"`{path}` has the shape {list(stated)}: {found.size_bytes:,} bytes")
    scales = found.quantization.scales if found.quantization else ()
    # Converters give the weights of a channel that was pruned away the scale 0.
    if 0.0 in scales and not found.constant_bytes:
        raise Damaged(f"`{path}`, an activation, has the scale 0")
    return found


def _quantization(parameters: Any, path: str) -> Quantization | None:
    if parameters is None or parameters.ScaleLength() == 0:
        return None
    scales = tuple(float(each) for each in parameters.ScaleAsNumpy())
    count = parameters.ZeroPointLength()
    zeros = tuple(int(each) for each in parameters.ZeroPointAsNumpy()) if count else (0,)
    wrong = [scale for scale in scales if not 0 <= scale < inf]
    if wrong:
        raise Damaged(f"`{path}` has the quantization scale {wrong[0]}")
    return Quantization(scales, zeros, int(parameters.QuantizedDimension()))


def _op(
    op: Any, index: int, codes: list[tuple[str, str | None]], tensors: tuple[Tensor, ...]
) -> Op:
    path = f"subgraphs[0].operators[{index}]"
    if op.OpcodeIndex() >= len(codes):
        raise Damaged(f"`{path}` has the code {op.OpcodeIndex()} of {len(codes)}")
    name, custom = codes[op.OpcodeIndex()]
    inputs = tuple(int(op.Inputs(i)) for i in range(op.InputsLength()))
    outputs = tuple(int(op.Outputs(i)) for i in range(op.OutputsLength()))
    for number in (*inputs, *outputs):
        if not -1 <= number < len(tensors):
            raise Damaged(f"`{path}`, {name}, names tensor {number} of {len(tensors)}")
    if -1 in outputs:
        raise Damaged(f"`{path}`, {name}, has an output that is no tensor")
    present = [tensors[number] for number in inputs if number >= 0]
    made = [tensors[number] for number in outputs]
    try:
        macs = macs_of(name, present, made)
    except IndexError as error:
        raise Damaged(f"`{path}`, {name}, lacks a tensor or a dimension") from error
    return Op(
        index=index,
        name=name,
        inputs=tuple(number for number in inputs if number >= 0),
        outputs=outputs,
        macs=macs,
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
