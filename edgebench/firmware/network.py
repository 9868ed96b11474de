"""A model as a network that C will compute: each op by its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from numpy.typing import NDArray

from edgebench.errors import ModelNotSupported
from edgebench.firmware.layers import Alias, Layer, Move, Network, Step, Walk
from edgebench.firmware.ops import elementwise, moves, pooling, softmax, tables, weighted
from edgebench.firmware.reader import OpReader
from edgebench.models.resolve import Model
from edgebench.models.rewrite import unpacked

RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "CONV_2D": weighted.conv_2d,
    "DEPTHWISE_CONV_2D": weighted.depthwise_conv_2d,
    "FULLY_CONNECTED": weighted.fully_connected,
    "AVERAGE_POOL_2D": pooling.pool,
    "MAX_POOL_2D": pooling.pool,
    "MEAN": pooling.mean,
    "ADD": elementwise.add,
    "MUL": elementwise.mul,
    "SOFTMAX": softmax.softmax,
    "RESHAPE": moves.alias,
    "SQUEEZE": moves.alias,
    "EXPAND_DIMS": moves.alias,
    "PAD": moves.pad,
    "PADV2": moves.pad,
    "CONCATENATION": moves.concatenation,
    "TRANSPOSE": moves.transpose,
    "STRIDED_SLICE": moves.strided_slice,
    **tables.RULES,
}


def read_network(model: Model) -> Network:
    """Read an int8 model into layers.

    Raises
    ------
    ModelNotSupported
        With the first op that the firmware can't compute, and why.
    """
    facts = model.facts
    if len(facts.inputs) != 1 or len(facts.outputs) != 1:
        raise ModelNotSupported(
            f"{model.label}: {len(facts.inputs)} inputs and {len(facts.outputs)} outputs; the "
            "firmware takes one of each"
        )
    table = unpacked(model.content)
    layers: list[Layer] = []
    constants: dict[int, NDArray[Any]] = {}
    for op in facts.ops:
        read = OpReader(model, table, op.index)
        rule = RULES.get(op.name)
        if rule is None:
            raise read.refuse("no such kernel", f"there are {', '.join(RULES)}")
        layers += [
            Layer(op.index, part, op.name, step.function, step.kind, step.inputs, op.outputs[0])
            for part, step in enumerate(rule(read))
        ]
        constants |= read.constants
    tensors = {tensor.index: tensor for tensor in facts.tensors}
    source, output = facts.inputs[0], facts.outputs[0]
    if _is_input(layers, source.index, output.index):
        layers[-1] = _copied(layers[-1], prod(output.shape) * output.dtype.itemsize)
    return Network(tuple(layers), source, output, tensors, constants)


def _is_input(layers: list[Layer], source: int, output: int) -> bool:
    """Return whether the output would be the caller's input under another shape."""
    origin = {source: source}
    for layer in layers:
        if isinstance(layer.kind, Alias):
            origin[layer.output] = origin.get(layer.inputs[0], layer.inputs[0])
    return origin.get(output) == source and bool(layers) and layers[-1].output == output


def _copied(layer: Layer, size_bytes: int) -> Layer:
    move = Move(size_bytes, Walk((1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)), 0, 0)
    return Layer(layer.index, layer.part, layer.op_name, "move", move, layer.inputs, layer.output)
