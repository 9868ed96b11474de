"""A model as a network that C will compute: each op by its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import ModelNotSupported
from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.layers import Layer, Network, Step
from edgebench.firmware.reading import folding
from edgebench.firmware.reading.in_place import check_overwrites, read_in_place
from edgebench.firmware.reading.inputs_outputs import Outputs, check_ends
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.convolution import matrices, weighted
from edgebench.firmware.reading.ops.data_movement import (
    batches,
    layout,
    mirrors,
    parts,
    repeats,
    resizing,
)
from edgebench.firmware.reading.ops.elementwise import (
    binary,
    choices,
    edges,
    quotients,
    tables,
    whole_numbers,
)
from edgebench.firmware.reading.ops.recurrent import cells, variables
from edgebench.firmware.reading.ops.reduction import pooling, softmax
from edgebench.firmware.reading.unsigned import Signed, signed
from edgebench.firmware.reading.unsupported_ops import OpRefused, all_refused, no_kernel
from edgebench.firmware.reading.variables import Variables
from edgebench.models.prefix import name_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import alignment_of, parts_of
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.models.tflite.inspect import Op
from edgebench.runtimes.contract import TFLITE

RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "CONV_2D": weighted.conv_2d,
    "DEPTHWISE_CONV_2D": weighted.depthwise_conv_2d,
    "FULLY_CONNECTED": weighted.fully_connected,
    "AVERAGE_POOL_2D": pooling.pool,
    "MAX_POOL_2D": pooling.pool,
    "MEAN": pooling.mean,
    "SUM": pooling.mean,
    "REDUCE_MAX": pooling.reduce,
    "REDUCE_MIN": pooling.reduce,
    **binary.RULES,
    **choices.RULES,
    "SOFTMAX": softmax.softmax,
    "L2_NORMALIZATION": softmax.l2_normalization,
    "RESHAPE": layout.alias,
    "SQUEEZE": layout.alias,
    "EXPAND_DIMS": layout.alias,
    "PAD": layout.pad,
    "PADV2": layout.pad,
    "TRANSPOSE": layout.transpose,
    "STRIDED_SLICE": layout.strided_slice,
    "SLICE": layout.slice_of,
    **parts.RULES,
    **batches.RULES,
    **mirrors.RULES,
    **repeats.RULES,
    **resizing.RULES,
    **tables.RULES,
    **edges.RULES,
    **matrices.RULES,
    **quotients.RULES,
    **cells.RULES,
    **variables.RULES,
    **whole_numbers.RULES,
}


def read_network(model: Model) -> Network:
    """Read an int8 model into layers.

    Raises
    ------
    ModelNotSupported
        With all ops that the firmware can't compute, and why.
    """
    if model.format != TFLITE:
        raise ModelNotSupported(f"{model.label}: {why_not_compiled(model)}")
    check_ends(model, {*RULES, *folding.NAMES})
    table = unpacked(model.content, str(model.path))
    inside = signed(model, table)
    facts = inside.model.facts
    found = _Layers(inside, table)
    refused = []
    for op in facts.ops:
        try:
            found.add(op)
        except OpRefused as error:
            refused.append(error)
            found.written.update(op.outputs)  # what follows is looked at all the same
    if refused:
        raise all_refused(model, refused, why_not_compiled)
    sources = {each.index for each in model.facts.inputs}
    wanted = {each.index for each in model.facts.outputs}
    if not found.written.issuperset(wanted) or sources.issuperset(wanted):
        raise ModelNotSupported(f"{model.label}: nothing computes its output")
    states = found.variables.numbers
    tensors = {tensor.index: tensor for tensor in facts.tensors} | dict(found.variables.tensors)
    layers = read_in_place(found.layers, states, wanted)
    ends = Outputs(model, layers, tensors, {*sources, *states, *found.constants})
    cells.check_widened(model.label, ends.layers, found.variables.widened)
    alignment = alignment_of((*model.facts.inputs, *model.facts.outputs))
    return Network(
        tuple(ends.layers),
        parts_of(model.facts.inputs, alignment),
        parts_of(ends.tensors, alignment),
        tensors,
        found.constants,
        found.variables.states,
    )


def why_not_compiled(model: Model) -> str:
    """Return what keeps a model from being compiled; nothing if it compiles."""
    if model.format != TFLITE:
        return f"firmware is made of {TFLITE} files"
    try:
        read_network(model)
    except ModelNotSupported as error:
        return str(error).removeprefix(f"{model.label}: ")
    return ""


class _Layers:
    """The layers of a model's ops, as they are read one after the other."""

    def __init__(self, inside: Signed, table: Any) -> None:
        self._inside = inside
        self._table = table
        facts = inside.model.facts
        variables_of = (each for each in facts.tensors if each.is_variable)
        self._read_later = {each.index for each in (*facts.outputs, *variables_of)}
        self._folded = dict(inside.constants)
        self._folded_values = 0
        self.written = {each.index for each in facts.inputs}
        self.layers: list[Layer] = []
        self.constants: dict[int, NDArray[Any]] = {}
        self.variables = Variables(table)

    def add(self, op: Op) -> None:
        """Read the next op."""
        inside = self._inside
        read = OpReader(
            inside.model,
            self._table,
            op.index,
            self._folded,
            variables=self.variables,
            is_unsigned=inside.is_unsigned(op),
        )
        before = inside.before.get(op.index, ())
        value = folding.folded(read, folding.MOST_VALUES - self._folded_values)
        ends_it = op.index in inside.after or not self._read_later.isdisjoint(op.outputs)
        if value is not None and not ends_it:
            self._add_folded(read, value, before)
            return
        rule = RULES.get(op.name)
        if rule is None:
            raise no_kernel(read.model.label, op.index, name_of(op), RULES)
        steps = (*before, *rule(read), *inside.after.get(op.index, ()))
        self._add_layers(read, _layers_of(read, steps))

    def _add_folded(self, read: OpReader, value: NDArray[Any], before: Iterable[Step]) -> None:
        """Add an op whose output is the same in every inference."""
        number = read.output.index
        self._check_first_values(read, (number,))
        self._folded[number] = value
        self._folded_values += value.size
        self.layers += _layers_of(read, before)
        self.written |= {step.output for step in before if step.output is not None}

    def _add_layers(self, read: OpReader, layers: Sequence[Layer]) -> None:
        """Add an op that C computes."""
        states = self.variables.numbers
        check_overwrites(read, layers, states)
        written = dict.fromkeys((*read.op.outputs, *(layer.output for layer in layers)))
        self._check_first_values(read, (each for each in written if each not in states))
        self._find_inputs(read, layers)
        self.constants |= read.constants
        self.layers += layers
        self.written |= {layer.output for layer in layers}

    def _check_first_values(self, read: OpReader, written: Iterable[int]) -> None:
        """Refuse an op that writes a tensor that has a value already."""
        for each in written:
            tensor = read.tensors[each]
            if each in self.written or read.is_constant(tensor):
                raise read.refuse(f"its output `{tensor.name}` has a value already")

    def _find_inputs(self, read: OpReader, layers: Iterable[Layer]) -> None:
        """Keep for C the constants that an op's layers read; refuse what nothing computes."""
        known = self.written | self.constants.keys() | read.constants.keys()
        known |= self.variables.numbers
        known |= self._kept_for({each for layer in layers for each in layer.inputs} - known)
        for layer in layers:
            if not isinstance(layer.kind, Alias):  # nothing else reads what another op folded
                for each in set(layer.inputs) - known:
                    read.keep_constant(read.tensors[each])
                known |= read.constants.keys()
            missing = [each for each in layer.inputs if each not in known]
            if missing:
                raise read.refuse(f"nothing computes its input `{read.tensors[missing[0]].name}`")
            known.add(layer.output)

    def _kept_for(self, missing: set[int]) -> set[int]:
        """Keep for C what was computed here and layers read as they read activations."""
        computed = missing & self._folded.keys()
        for each in computed:
            value = self._folded[each]
            self.constants[each] = value.view(np.int8) if value.dtype == np.bool_ else value
        return computed


def _layers_of(read: OpReader, steps: Iterable[Step]) -> list[Layer]:
    """Return an op's layers."""
    op = read.op
    return [
        Layer(
            op.index,
            part,
            op.name,
            step.function,
            step.kind,
            step.inputs,
            read.output.index if step.output is None else step.output,
            step.states,
            step.times,
        )
        for part, step in enumerate(steps)
    ]
