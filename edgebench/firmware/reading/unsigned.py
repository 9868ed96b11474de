"""Networks of uint8 (TensorFlow 1's quantization) as networks of int8, number for number.

A stored uint8 less 128 is an int8 of the same real value once the zero point is moved as well, and
every kernel computes with differences from zero points. Only the caller's input and output stay
uint8: a table at each end adds or takes the 128.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.layers import Step, Table
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import Op
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
    unsigned = {each.index for each in facts.tensors if _is_unsigned(each)}
    computed = [op for op in facts.ops if op.name not in AT_EDGES]
    if not any(
        number in unsigned and not facts.tensors[number].constant_bytes
        for op in computed
        for number in op.inputs
    ):
        return Signed(model)
    tensors = [_moved(each) if each.index in unsigned else each for each in facts.tensors]
    ops = list(facts.ops)
    added: set[int] = set()
    before: dict[int, tuple[Step, ...]] = {}
    after: dict[int, tuple[Step, ...]] = {}
    for ends, steps in ((facts.inputs, before), (facts.outputs, after)):
        for end in (each for each in ends if each.index in unsigned):
            inner = dataclasses.replace(_moved(end), index=len(tensors))
            tensors.append(inner)
            added.add(inner.index)
            tensors[end.index] = end
            ops = [_renamed(op, end.index, inner.index) for op in ops]
            pair = (end.index, inner.index) if steps is before else (inner.index, end.index)
            uses = [op.index for op in ops if inner.index in (*op.inputs, *op.outputs)]
            if uses:
                makers = [op.index for op in ops if inner.index in op.outputs]
                place = uses[0] if steps is before else (makers or uses)[-1]
                step = Step("look_up", Table(_table(), end.elements), (pair[0],), pair[1])
                steps[place] = (*steps.get(place, ()), step)
    constants = {
        number: _constant(table, facts.tensors[number])
        for number in unsigned
        if 0 < facts.tensors[number].constant_bytes == facts.tensors[number].elements
    }
    changed = dataclasses.replace(facts, tensors=tuple(tensors), ops=tuple(ops))
    inside = dataclasses.replace(model, sized=changed)
    return Signed(inside, constants, before, after, frozenset(unsigned | added))


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
