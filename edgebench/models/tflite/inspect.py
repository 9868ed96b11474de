"""Read a .tflite file: its tensors, its ops, and what they cost. Nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edgebench.errors import ModelInvalid, ModelNotSupported
from edgebench.models.tflite.arena import Lifetime, plan_arena
from edgebench.models.tflite.flatbuffer.reading import damage_named, model_table
from edgebench.models.tflite.flatbuffer.verify import Damaged
from edgebench.models.tflite.macs import macs_of
from edgebench.models.tflite.shapes import FREE
from edgebench.models.tflite.signatures import measured_signature, signatures_of, text_of
from edgebench.models.tflite.tensor_tables import buffer_bytes, enum_name, tensor_of
from edgebench.models.tflite.tensors import DTYPES, Tensor
from edgebench.text.brief import Brief


@dataclass(frozen=True)
class Op:
    """An operator of the main subgraph; ``custom`` is its own name if it is a custom one.

    Attributes
    ----------
    macs
        0 also where they are not known (``knows_macs``).
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    macs: int
    weight_bytes: int
    custom: str | None = None
    knows_macs: bool = True


@dataclass(frozen=True, repr=False)
class ModelFacts(Brief):
    """The facts of a .tflite file.

    ``arena_bytes`` is the activations' memory as a greedy planner lays it out (16-byte
    aligned, TensorFlow Lite's strategy), without any kernel's scratch space.

    Attributes
    ----------
    inputs, outputs
        Of the graph that is measured, in the order of its signature.
    input_names, output_names
        What the signature calls them; one that it does not name has its tensor's name.
    signatures, signature
        All of the file, and the one that is measured; empty if the file has none.
    subgraph
        The number of the graph that is measured: ``tensors`` and ``ops`` are its.
    sizes_of_one
        The inputs whose first dimension is open and set to 1, though its name is no batch's.
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
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    signature: str = ""
    subgraph: int = 0
    sizes_of_one: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for names, ends in (("input_names", self.inputs), ("output_names", self.outputs)):
            if not getattr(self, names):
                object.__setattr__(self, names, tuple(tensor.name for tensor in ends))

    @property
    def open_inputs(self) -> dict[str, Tensor]:
        """The inputs that have no size of their own, by name."""
        if self.single_values:
            return {}
        named = zip(self.input_names, self.inputs, strict=True)
        return {name: tensor for name, tensor in named if tensor.open_dimensions}

    @property
    def single_values(self) -> tuple[str, ...]:
        """The inputs, by name, of a model that takes a batch of single values, else none."""
        ends = (*self.inputs, *self.outputs)
        is_batch = all(tensor.shape_signature == (FREE,) for tensor in ends)
        return self.input_names if is_batch else ()

    @property
    def keeps_state(self) -> bool:
        """Whether an output depends on the inferences before it: its samples are a sequence."""
        has_variables = any(op.name == "READ_VARIABLE" for op in self.ops)
        return has_variables or any(tensor.is_variable for tensor in self.tensors)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference; 0 also where they are not known."""
        return sum(op.macs for op in self.ops) if self.knows_macs else 0

    @property
    def knows_macs(self) -> bool:
        """Whether the multiply-accumulates of every op are known."""
        return all(op.knows_macs for op in self.ops)

    @property
    def weight_bytes(self) -> int:
        """Of all constant tensors."""
        return sum(tensor.constant_bytes for tensor in self.tensors)

    @property
    def custom_ops(self) -> tuple[str, ...]:
        """The names of its custom ops, sorted."""
        return tuple(sorted({op.custom for op in self.ops if op.custom}))

    def require_readable_ends(self, label: str) -> None:
        """Check that inputs and outputs are of types that can be fed and read.

        The runtimes end the process where numbers are written into a tensor of strings.

        Parameters
        ----------
        label
            What errors call the model.

        Raises
        ------
        ModelNotSupported
            If one is text, or of another type that numpy has not.
        """
        for verb, ends in (("takes", self.inputs), ("gives", self.outputs)):
            for tensor in ends:
                if tensor.type_name == "STRING":
                    raise ModelNotSupported(
                        f"{label} {verb} text: `{tensor.name}` is of type STRING, and edgebench "
                        "feeds and reads numbers and booleans; export the model without its text "
                        "ops, as the part that works on numbers"
                    )
                if tensor.type_name not in DTYPES:
                    raise ModelNotSupported(
                        f"{label} {verb} values of type {tensor.type_name} in `{tensor.name}`, "
                        f"which edgebench can't feed or read; it can {', '.join(DTYPES)}"
                    )


def read_model(content: bytes, where: str, signature: str | None = None) -> ModelFacts:
    """Read a model from bytes; `where` is what errors call it.

    Parameters
    ----------
    signature
        The one to measure: see `edgebench.models.tflite.signatures.measured_signature`.

    Raises
    ------
    UsageError
        If there is no signature of that name.
    ModelInvalid
        If it is not a TensorFlow Lite flatbuffer, is cut short or damaged, or has no input or no
        output.
    """
    model = model_table(content, where)
    with damage_named(content, where):
        facts = _facts(model, content, signature)
    for what, ends in (("input", facts.inputs), ("output", facts.outputs)):
        if not ends:
            # Sound: what sets a model's variables takes nothing, or gives nothing.
            of = f"the signature {facts.signature!r}" if facts.signature else "the model"
            others = [each for each in facts.signatures if each != facts.signature]
            advice = f"; choose another with `signature`: {', '.join(others)}" if others else ""
            raise ModelInvalid(
                f"{where}: {of} has no {what}, so there is nothing to measure{advice}"
            )
    return facts


def _facts(model: Any, content: bytes, key: str | None) -> ModelFacts:
    if model.SubgraphsLength() < 1:
        raise Damaged("it has no subgraph")
    signatures = signatures_of(model)
    signature = measured_signature(signatures, key)
    subgraph = signature.subgraph if signature else 0
    graph = model.Subgraphs(subgraph)
    sizes = [buffer_bytes(model.Buffers(i), i, content) for i in range(model.BuffersLength())]
    codes = [_op_name(model.OperatorCodes(i), i) for i in range(model.OperatorCodesLength())]
    path = f"subgraphs[{subgraph}]"
    tensors = tuple(
        tensor_of(graph.Tensors(i), i, sizes, f"{path}.tensors[{i}]")
        for i in range(graph.TensorsLength())
    )
    ops = tuple(
        _op(graph.Operators(i), i, codes, tensors, f"{path}.operators[{i}]")
        for i in range(graph.OperatorsLength())
    )
    inputs, input_names = _named_ends(
        _ends(graph.InputsLength(), graph.Inputs, tensors, "input"),
        signature.inputs if signature else (),
    )
    outputs, output_names = _named_ends(
        _ends(graph.OutputsLength(), graph.Outputs, tensors, "output"),
        signature.outputs if signature else (),
    )
    return ModelFacts(
        size_bytes=len(content),
        description=text_of(model.Description()),
        tensors=tensors,
        inputs=inputs,
        outputs=outputs,
        ops=ops,
        signatures=tuple(each.key for each in signatures),
        subgraphs=model.SubgraphsLength(),
        arena_bytes=arena_of(tensors, ops, inputs, outputs),
        input_names=input_names,
        output_names=output_names,
        signature=signature.key if signature else "",
        subgraph=subgraph,
    )


def _named_ends(
    graph: tuple[Tensor, ...], names: Sequence[tuple[str, int]]
) -> tuple[tuple[Tensor, ...], tuple[str, ...]]:
    """Return a graph's inputs or outputs in the order of a signature, and what it calls them."""
    by_index = {tensor.index: tensor for tensor in graph}
    found = [(by_index[index], name) for name, index in names if index in by_index]
    named = {tensor.index for tensor, _ in found}
    found += [(tensor, tensor.name) for tensor in graph if tensor.index not in named]
    return tuple(tensor for tensor, _ in found), tuple(name for _, name in found)


def _ends(
    count: int, number_at: Callable[[int], int], tensors: tuple[Tensor, ...], what: str
) -> tuple[Tensor, ...]:
    numbers = [int(number_at(i)) for i in range(count)]
    for number in numbers:
        if not 0 <= number < len(tensors):
            raise Damaged(f"its {what} is tensor {number} of {len(tensors)}")
    return tuple(tensors[number] for number in numbers)


def _op_name(code: Any, index: int) -> tuple[str, str | None]:
    # Old files have the code in the deprecated byte and 0 in the new field; the larger is right.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = enum_name("BuiltinOperator", number, f"operator_codes[{index}]")
    return name, text_of(code.CustomCode()) if name == "CUSTOM" else None


def _op(
    op: Any,
    index: int,
    codes: list[tuple[str, str | None]],
    tensors: tuple[Tensor, ...],
    path: str,
) -> Op:
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


def arena_of(
    tensors: tuple[Tensor, ...],
    ops: tuple[Op, ...],
    inputs: tuple[Tensor, ...],
    outputs: tuple[Tensor, ...],
) -> int:
    """Return the bytes of the activations' arena; see `ModelFacts`."""
    first = {tensor.index: 0 for tensor in inputs}
    last = {tensor.index: len(ops) for tensor in outputs}
    for op in ops:
        for number in op.outputs:
            first.setdefault(number, op.index)
            last.setdefault(number, op.index)
        for number in op.inputs:
            last[number] = max(last.get(number, 0), op.index)
    return plan_arena(
        [
            Lifetime(tensor.size_bytes, first[tensor.index], last.get(tensor.index, 0))
            for tensor in tensors
            if tensor.index in first and not tensor.constant_bytes
        ]
    )
