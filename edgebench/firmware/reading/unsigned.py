"""Networks of uint8 (TensorFlow 1's quantization) as networks of int8, number for number.

A stored uint8 less 128 is an int8 of the same real value once the zero point is moved as well, and
every kernel computes with differences from zero points. Only the caller's input and output stay
uint8: a table at each end adds or takes the 128.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.layers import Step, Table
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import ModelFacts, Op
from edgebench.models.tflite.tensors import Quantization, Tensor

MOVED = 128
AT_EDGES = frozenset(
    {
        *("QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS"),
        *("TRANSPOSE", "STRIDED_SLICE", "SLICE"),
    }
)
"""Ops that take uint8 as it is: a network that has no others of uint8 is left alone."""


@dataclass(frozen=True)
class Signed:
    """A model whose uint8 activations have become int8.

    Attributes
    ----------
    model
        With the int8 tensors in its facts; its first and last ops read and write new ones in place
        of the caller's uint8.
    constants
        The values of uint8 constants as int8, by tensor.
    before, after
        The steps at the two ends, by the op that they stand at.
    tensors
        The int8 tensors that are uint8 in the file.
    """

    model: Model
    constants: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    before: Mapping[int, tuple[Step, ...]] = field(default_factory=dict)
    after: Mapping[int, tuple[Step, ...]] = field(default_factory=dict)
    tensors: frozenset[int] = frozenset()

    def is_unsigned(self, op: Op) -> bool:
        """Whether an op is of uint8 in the file."""
        return any(each in self.tensors for each in (*op.inputs[:1], *op.outputs[:1]))


def signed(model: Model, table: Any) -> Signed:
    """Return a network of uint8 as one of int8; any other as it is."""
    facts = model.facts
    unsigned = frozenset(each.index for each in facts.tensors if _is_unsigned(each))
    if not _computes_with(unsigned, facts):
        return Signed(model)
    tensors = [_moved(each) if each.index in unsigned else each for each in facts.tensors]
    inner = _Inner(tensors, list(facts.ops))
    before = _steps_before(inner, [each for each in facts.inputs if each.index in unsigned])
    after = _steps_after(inner, [each for each in facts.outputs if each.index in unsigned])
    changed = dataclasses.replace(facts, tensors=tuple(inner.tensors), ops=tuple(inner.ops))
    return Signed(
        dataclasses.replace(model, sized=changed),
        _constants(unsigned, facts, table),
        before,
        after,
        unsigned | inner.added,
    )


def _computes_with(unsigned: Collection[int], facts: ModelFacts) -> bool:
    """Whether ops compute with activations of uint8, and not only take them at the ends."""
    return any(
        number in unsigned and not facts.tensors[number].constant_bytes
        for op in facts.ops
        if op.name not in AT_EDGES
        for number in op.inputs
    )


@dataclass
class _Inner:
    """The tensors and ops of a network, whose ends get int8 tensors of their own."""

    tensors: list[Tensor]
    ops: list[Op]
    added: set[int] = field(default_factory=set)

    def separate(self, end: Tensor) -> int:
        """Leave an end to the caller as it is; return the int8 tensor that ops use instead."""
        inner = dataclasses.replace(_moved(end), index=len(self.tensors))
        self.tensors.append(inner)
        self.added.add(inner.index)
        self.tensors[end.index] = end
        self.ops = [_renamed(op, end.index, inner.index) for op in self.ops]
        return inner.index

    def uses(self, number: int) -> list[int]:
        """Return the ops that read or write a tensor."""
        return [op.index for op in self.ops if number in (*op.inputs, *op.outputs)]

    def makers(self, number: int) -> list[int]:
        """Return the ops that write a tensor."""
        return [op.index for op in self.ops if number in op.outputs]


def _steps_before(inner: _Inner, inputs: Iterable[Tensor]) -> dict[int, tuple[Step, ...]]:
    """Give inputs int8 tensors; return the steps that fill them, at the first ops that read one."""
    steps: dict[int, tuple[Step, ...]] = {}
    for end in inputs:
        number = inner.separate(end)
        uses = inner.uses(number)
        if uses:
            step = Step("look_up", Table(_table(), end.elements), (end.index,), number)
            steps[uses[0]] = (*steps.get(uses[0], ()), step)
    return steps


def _steps_after(inner: _Inner, outputs: Iterable[Tensor]) -> dict[int, tuple[Step, ...]]:
    """Give outputs int8 tensors; return the steps that read them, at the ops that make one."""
    steps: dict[int, tuple[Step, ...]] = {}
    for end in outputs:
        number = inner.separate(end)
        places = inner.makers(number) or inner.uses(number)
        if places:
            step = Step("look_up", Table(_table(), end.elements), (number,), end.index)
            steps[places[-1]] = (*steps.get(places[-1], ()), step)
    return steps


def _constants(unsigned: Collection[int], facts: ModelFacts, table: Any) -> dict[int, NDArray[Any]]:
    return {
        number: _constant(table, facts.tensors[number])
        for number in unsigned
        if 0 < facts.tensors[number].constant_bytes == facts.tensors[number].elements
    }


def _is_unsigned(tensor: Tensor) -> bool:
    return tensor.type_name == "UINT8" and tensor.quantization is not None


def _moved(tensor: Tensor) -> Tensor:
    found = tensor.quantization
    if found is None:
        return tensor
    zero_points = tuple(each - MOVED for each in found.zero_points)
    quantization = Quantization(found.scales, zero_points, found.axis)
    return dataclasses.replace(tensor, type_name="INT8", quantization=quantization)


def _renamed(op: Op, old: int, new: int) -> Op:
    return dataclasses.replace(
        op,
        inputs=tuple(new if each == old else each for each in op.inputs),
        outputs=tuple(new if each == old else each for each in op.outputs),
    )


def _constant(table: Any, tensor: Tensor) -> NDArray[Any]:
    data = table.buffers[table.subgraphs[0].tensors[tensor.index].buffer].data
    stored = np.asarray(data, np.uint8).reshape(tensor.shape)
    return (stored ^ MOVED).view(np.int8)


def _table() -> NDArray[np.int8]:
    """Return the other number of each byte, from -128 on: the same table in both directions."""
    return (np.arange(-MOVED, MOVED).astype(np.int8).view(np.uint8) ^ MOVED).view(np.int8)
