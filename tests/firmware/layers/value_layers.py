"""Models of one op that computes value by value, or the largest of some, drawn at random."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers.drawn import Drawn
from tests.firmware.layers.single_layers import binary, mean, unary


def sub(draw: Drawn) -> NewModel:
    return binary(draw, "SUB", "Sub")


def _of_one_scale(draw: Drawn, op: str) -> NewModel:
    made = binary(draw, op, "MaximumMinimum")
    same = draw.int8()
    tensors = [dataclasses.replace(each, quantization=same) for each in made.tensors]
    ops = [dataclasses.replace(each, options=("MaximumMinimum", {})) for each in made.ops]
    return dataclasses.replace(made, tensors=tensors, ops=ops)


def maximum(draw: Drawn) -> NewModel:
    return _of_one_scale(draw, "MAXIMUM")


def minimum(draw: Drawn) -> NewModel:
    return _of_one_scale(draw, "MINIMUM")


def prelu(draw: Drawn) -> NewModel:
    shape = (1, *(draw.pick(1, 5) for _ in range(3)))
    slopes = (1, 1, shape[3])
    return NewModel(
        [
            NewTensor("in", shape, "int8", draw.int8()),
            NewTensor("out", shape, "int8", draw.int8()),
            NewTensor("c", slopes, "int8", draw.int8(), draw.values(slopes, -128, 127, "int8")),
        ],
        [NewOp("PRELU", ("in", "c"), ("out",))],
        ["in"],
        ["out"],
    )


def tanh(draw: Drawn) -> NewModel:
    return unary(
        NewOp("TANH", ("in",), ("out",)), (1, 256), draw.int8(), Quantization((1 / 128,), (0,))
    )


def leaky_relu(draw: Drawn) -> NewModel:
    slope = float(np.float32(draw.one_of(0.0, 0.1, 0.3, 1.0, 1.7)))
    op = NewOp("LEAKY_RELU", ("in",), ("out",), ("LeakyRelu", {"alpha": slope}))
    return unary(op, (1, 256), draw.int8(), draw.int8())


def hard_swish(draw: Drawn) -> NewModel:
    before, after = draw.int8(), draw.int8()
    if after.scales[0] * 128 < before.scales[0]:
        after = Quantization(before.scales, after.zero_points)
    op = NewOp("HARD_SWISH", ("in",), ("out",), ("HardSwish", {}))
    return unary(op, (1, 256), before, after)


def elu(draw: Drawn) -> NewModel:
    return unary(NewOp("ELU", ("in",), ("out",)), (1, 256), draw.int8(), draw.int8())


def abs_(draw: Drawn) -> NewModel:
    before = draw.int8()
    after = draw.one_of(before, draw.int8())
    return unary(NewOp("ABS", ("in",), ("out",), ("Abs", {})), (1, 256), before, after)


def div(draw: Drawn) -> NewModel:
    made = binary(draw, "DIV", "Div")
    source, output, divisor = made.tensors
    assert source.quantization
    assert output.quantization
    assert divisor.quantization
    assert divisor.values is not None
    # What is divided by 0, and quotients far below a step, are undefined in the reference.
    zero = divisor.quantization.zero_points[0]
    values = np.where(divisor.values == zero, zero + 1 if zero < 127 else 0, divisor.values)
    step = source.quantization.scales[0] / divisor.quantization.scales[0] * 2.0 ** -draw.pick(7, 9)
    steps = Quantization((float(np.float32(step * 0.99)),), output.quantization.zero_points)
    tensors = [
        source,
        dataclasses.replace(output, quantization=steps),
        dataclasses.replace(divisor, values=values.astype(np.int8)),
    ]
    ops = [dataclasses.replace(each, inputs=("in", "c")) for each in made.ops]
    return dataclasses.replace(made, tensors=tensors, ops=ops)


def squared_difference(draw: Drawn) -> NewModel:
    made = binary(draw, "SQUARED_DIFFERENCE", "Add")
    ops = [dataclasses.replace(each, options=("SquaredDifference", {})) for each in made.ops]
    return dataclasses.replace(made, ops=ops)


def rsqrt(draw: Drawn) -> NewModel:
    before = Quantization((draw.scale(),), (-128,))
    usual = before.scales[0] ** -0.5 / 64 * 2.0 ** draw.pick(-4, 4)
    after = Quantization((float(np.float32(usual)),), (draw.pick(-128, 127),))
    return unary(NewOp("RSQRT", ("in",), ("out",)), (1, 256), before, after)


def _reduce(draw: Drawn, op: str) -> NewModel:
    shape = (1, *(draw.pick(1, 7) for _ in range(draw.pick(1, 3))))
    axes = draw.one_of((1,), (-1,), (1, 2)) if len(shape) > 2 else (1,)
    chosen = {axis % len(shape) for axis in axes}
    keep, same = bool(draw.pick(0, 1)), draw.int8()
    out = tuple(
        1 if axis in chosen else size
        for axis, size in enumerate(shape)
        if keep or axis not in chosen
    )
    return NewModel(
        [
            NewTensor("in", shape, "int8", same),
            NewTensor("out", out, "int8", same),
            NewTensor("axes", (len(axes),), "int32", None, np.array(axes, np.int32)),
        ],
        [NewOp(op, ("in", "axes"), ("out",), ("Reducer", {"keepDims": keep}))],
        ["in"],
        ["out"],
    )


def reduce_max(draw: Drawn) -> NewModel:
    return _reduce(draw, "REDUCE_MAX")


def reduce_min(draw: Drawn) -> NewModel:
    return _reduce(draw, "REDUCE_MIN")


def sum_(draw: Drawn) -> NewModel:
    return mean(draw, "SUM")


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    each.__name__: each
    for each in (
        sub,
        maximum,
        minimum,
        prelu,
        tanh,
        leaky_relu,
        hard_swish,
        elu,
        abs_,
        rsqrt,
        div,
        squared_difference,
        reduce_max,
        reduce_min,
        sum_,
    )
}
