"""Models of comparisons, logic and choices, and of ops over rows, drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
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


def selected(draw: Drawn, dtype: str = "int8", ranks: tuple[int, ...] = (1, 2, 3)) -> NewModel:
    """A SELECT by a condition of the output's shape, or by one value for each of its first axis."""
    first, rank = draw.pick(1, 5), draw.one_of(*ranks)
    # The last axis is as long as the first now and then: nothing but the op says which is meant.
    shape = (first, draw.pick(1, 4), draw.one_of(first, draw.pick(1, 5)))[:rank]
    axes = draw.one_of(shape[:1], shape)
    condition = draw.values(axes, 0, 1, "int8").astype(bool)
    same, kept = draw.int8(), draw.one_of(("x", "y"), ("y", "x"))
    chosen = same if dtype == "int8" else None
    wide = [] if dtype == "int8" else [NewOp("CAST", ("in",), ("x",), ("Cast", {}))]
    source = NewTensor("in", shape, "int8", same)
    return NewModel(
        [
            *([source, NewTensor("x", shape, dtype)] if wide else [replace(source, name="x")]),
            NewTensor("is", axes, "bool", None, condition),
            NewTensor("y", shape, dtype, chosen, draw.values(shape, -128, 127, dtype)),
            NewTensor("out", shape, dtype, chosen),
        ],
        [*wide, NewOp("SELECT", ("is", *kept), ("out",), ("Select", {}))],
        ["in" if wide else "x"],
        ["out"],
    )


def compared_of_32(draw: Drawn) -> NewModel:
    """A comparison of int32 with numbers that are near, or with zeros that an op makes."""
    shape, chosen = (draw.pick(1, 5), draw.pick(1, 5)), draw.int8()
    name = draw.one_of(*COMPARISONS)
    other = draw.one_of("c", "zeros")
    return NewModel(
        [
            NewTensor("in", shape, "int8", chosen),
            NewTensor("x", shape, "int32"),
            NewTensor("c", shape, "int32", None, draw.values(shape, -128, 127, "int32")),
            NewTensor("zeros", shape, "int32"),
            NewTensor("is", shape, "bool"),
            NewTensor("y", (1,), "int8", chosen, draw.values((1,), -128, 127, "int8")),
            NewTensor("out", shape, "int8", chosen),
        ],
        [
            NewOp("CAST", ("in",), ("x",), ("Cast", {})),
            NewOp("ZEROS_LIKE", ("c",), ("zeros",), ("ZerosLike", {})),
            NewOp(name, ("x", other), ("is",), (_camel(name), {})),
            NewOp("SELECT_V2", ("is", "in", "y"), ("out",), ("SelectV2", {})),
        ],
        ["in"],
        ["out"],
    )


def compared_of_truths(draw: Drawn, after: str) -> NewModel:
    """A comparison of two comparisons, as a number."""
    shape, same = (draw.pick(1, 5), draw.pick(1, 5)), _below_1(draw)
    name = draw.one_of("EQUAL", "NOT_EQUAL")
    return NewModel(
        [
            NewTensor("in", shape, "int8", same),
            NewTensor("low", (1,), "int8", same, draw.values((1,), -128, 127, "int8")),
            NewTensor("high", shape, "int8", same, draw.values(shape, -128, 127, "int8")),
            *(NewTensor(each, shape, "bool") for each in ("a", "b", "is")),
            NewTensor("out", shape, after, same if after == "int8" else None),
        ],
        [
            NewOp("GREATER", ("in", "low"), ("a",), ("Greater", {})),
            NewOp("LESS", ("in", "high"), ("b",), ("Less", {})),
            NewOp(name, ("a", "b"), ("is",), (_camel(name), {})),
            NewOp("CAST", ("is",), ("out",), ("Cast", {})),
        ],
        ["in"],
        ["out"],
    )


def broadcast_args(draw: Drawn) -> NewModel:
    """A BROADCAST_TO of the shape that two shapes have together."""
    first, last, same = draw.pick(1, 5), draw.pick(1, 5), draw.int8()
    shapes = draw.one_of(((first, 1), (last,)), ((last,), (first, 1)), ((1,), (first, last)))
    return NewModel(
        [
            NewTensor("in", (1, last), "int8", same),
            *(
                NewTensor(name, (len(each),), "int32", None, np.array(each, np.int32))
                for name, each in zip("ab", shapes, strict=True)
            ),
            NewTensor("shape", (2,), "int32"),
            NewTensor("out", (first, last), "int8", same),
        ],
        [
            NewOp("BROADCAST_ARGS", ("a", "b"), ("shape",)),
            NewOp("BROADCAST_TO", ("in", "shape"), ("out",), ("BroadcastTo", {}), version=2),
        ],
        ["in"],
        ["out"],
    )


FEW: Mapping[str, Callable[[Drawn], NewModel]] = {
    "selected": selected,
    "selected_of_32": partial(selected, dtype="int32"),
    "compared_of_32": compared_of_32,
    "compared_of_truths": partial(compared_of_truths, after="int8"),
    "truths_as_32": partial(compared_of_truths, after="int32"),
    "truths_as_real": partial(compared_of_truths, after="float32"),
    "broadcast_args": broadcast_args,
}
COMPARED = {name.lower(): partial(compared, name=name) for name in COMPARISONS}
OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    **COMPARED,
    **FEW,
    **{
        each.__name__: each
        for each in (logic, select_of_16, softmax_8_to_16, l2_normalization, dynamic_update_slice)
    },
}
