"""Models of comparisons, logic and choices, and of ops over rows, drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers.drawn import Drawn
from tests.firmware.layers.single_layers import unary

COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _below_1(draw: Drawn) -> Quantization:
    found = draw.int8()
    return Quantization((min(found.scales[0], 0.999),), found.zero_points)


def compared(draw: Drawn, name: str) -> NewModel:
    """A comparison, of numbers that are near each other, chooses between two constants."""
    shape = (1, *(draw.pick(1, 5) for _ in range(3)))
    other = draw.one_of(shape, (1, 1, 1, shape[3]), (1,), (1, 1, shape[2], 1))
    left, chosen = _below_1(draw), draw.int8()
    right = draw.one_of(left, _below_1(draw))
    return NewModel(
        [
            NewTensor("in", shape, "int8", left),
            NewTensor("c", other, "int8", right, draw.values(other, -128, 127, "int8")),
            NewTensor("is", shape, "bool"),
            NewTensor("x", shape, "int8", chosen, draw.values(shape, -128, 127, "int8")),
            NewTensor("y", (1,), "int8", chosen, draw.values((1,), -128, 127, "int8")),
            NewTensor("out", shape, "int8", chosen),
        ],
        [
            NewOp(name, ("in", "c"), ("is",), (_camel(name), {})),
            NewOp("SELECT_V2", ("is", *draw.one_of(("x", "y"), ("y", "x"))), ("out",)),
        ],
        ["in"],
        ["out"],
    )


def logic(draw: Drawn) -> NewModel:
    """Two comparisons, AND, OR and NOT of them, and a choice by one value per row."""
    rows, columns, same = draw.pick(1, 6), draw.pick(1, 6), _below_1(draw)
    shape, row = (rows, columns), (rows, 1)
    names = ("a", "b", "both", "not", "any")
    first = draw.values(row, -128, 127, "int8")
    return NewModel(
        [
            NewTensor("in", shape, "int8", same),
            NewTensor("low", row, "int8", same, first),
            NewTensor("high", shape, "int8", same, draw.values(shape, -128, 127, "int8")),
            *(NewTensor(name, shape, "bool") for name in names),
            NewTensor("out", shape, "int8", same),
        ],
        [
            NewOp("GREATER", ("in", "low"), ("a",), ("Greater", {})),
            NewOp("LESS", ("in", "high"), ("b",), ("Less", {})),
            NewOp("LOGICAL_AND", ("a", "b"), ("both",), ("LogicalAnd", {})),
            NewOp("LOGICAL_NOT", ("both",), ("not",), ("LogicalNot", {})),
            NewOp("LOGICAL_OR", ("not", "b"), ("any",), ("LogicalOr", {})),
            NewOp("SELECT_V2", ("any", "in", "low"), ("out",), ("SelectV2", {})),
        ],
        ["in"],
        ["out"],
    )


def select_of_16(draw: Drawn) -> NewModel:
    """A choice between int16, by a constant condition of fewer dimensions."""
    shape, same = (1, draw.pick(1, 5), draw.pick(1, 5)), draw.int16()
    condition = draw.values(shape[1:], 0, 1, "int8").astype(bool)
    return NewModel(
        [
            NewTensor("in", shape, "int16", same),
            NewTensor("is", shape[1:], "bool", None, condition),
            NewTensor("y", shape[2:], "int16", same, draw.values(shape[2:], -99, 99, "int16")),
            NewTensor("out", shape, "int16", same),
        ],
        [NewOp("SELECT_V2", ("is", "in", "y"), ("out",), ("SelectV2", {}))],
        ["in"],
        ["out"],
    )


def softmax_8_to_16(draw: Drawn) -> NewModel:
    shape = (draw.pick(1, 3), draw.pick(1, 20))
    return NewModel(
        [
            NewTensor("in", shape, "int8", draw.int8()),
            NewTensor("out", shape, "int16", Quantization((2.0**-16,), (-(2**15),))),
        ],
        [NewOp("SOFTMAX", ("in",), ("out",), ("Softmax", {"beta": draw.one_of(1.0, 0.5)}))],
        ["in"],
        ["out"],
    )


def l2_normalization(draw: Drawn) -> NewModel:
    shape = (draw.pick(1, 3), draw.one_of(1, 2, draw.pick(1, 40)))
    op = NewOp("L2_NORMALIZATION", ("in",), ("out",), ("L2Norm", {}), version=2)
    return unary(op, shape, draw.int8(), Quantization((1 / 128,), (0,)))


def dynamic_update_slice(draw: Drawn) -> NewModel:
    shape, same = tuple(draw.pick(1, 5) for _ in range(3)), draw.int8()
    part = tuple(draw.pick(1, size) for size in shape)
    places = np.array([draw.pick(-1, size) for size in shape], np.int32)
    operands = draw.one_of(("in", "c"), ("c", "in"))
    sizes = dict(zip(operands, (shape, part), strict=True))
    values = draw.values(sizes["c"], -128, 127, "int8")
    return NewModel(
        [
            NewTensor("in", sizes["in"], "int8", same),
            NewTensor("c", sizes["c"], "int8", same, values),
            NewTensor("at", (3,), "int32", None, places),
            NewTensor("out", shape, "int8", same),
        ],
        [NewOp("DYNAMIC_UPDATE_SLICE", (*operands, "at"), ("out",), ("DynamicUpdateSlice", {}))],
        ["in"],
        ["out"],
    )


COMPARED = {name.lower(): partial(compared, name=name) for name in COMPARISONS}
OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    **COMPARED,
    **{
        each.__name__: each
        for each in (logic, select_of_16, softmax_8_to_16, l2_normalization, dynamic_update_slice)
    },
}
