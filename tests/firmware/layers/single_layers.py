"""Models of one op, drawn at random: pooling, arithmetic, changes of type, copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers import weighted_layers
from tests.firmware.layers.drawn import Drawn, model_of
from tests.firmware.layers.weighted_layers import window


def pool(draw: Drawn) -> NewModel:
    options, taps, (height, out_h, width, out_w) = window(draw, "Pool2D", dilates=False)
    channels, same = draw.pick(1, 9), draw.int8()
    options |= {"filterHeight": taps[0], "filterWidth": taps[1]}
    return model_of(
        NewOp(
            draw.one_of("AVERAGE_POOL_2D", "MAX_POOL_2D"), ("in",), ("out",), ("Pool2D", options)
        ),
        NewTensor("in", (1, height, width, channels), "int8", same),
        NewTensor("out", (1, out_h, out_w, channels), "int8", same),
    )


def mean(draw: Drawn, name: str = "MEAN") -> NewModel:
    shape = (1, *(draw.pick(1, 7) for _ in range(draw.pick(1, 3))))
    axes = draw.one_of((1,), (-1,), (1, 2)) if len(shape) > 2 else (1,)
    chosen = {axis % len(shape) for axis in axes}
    keep = bool(draw.pick(0, 1))
    out = tuple(
        1 if axis in chosen else size
        for axis, size in enumerate(shape)
        if keep or axis not in chosen
    )
    return model_of(
        NewOp(name, ("in", "axes"), ("out",), ("Reducer", {"keepDims": keep})),
        NewTensor("in", shape, "int8", draw.int8()),
        NewTensor("out", out, "int8", draw.int8()),
        NewTensor("axes", (len(axes),), "int32", None, np.array(axes)),
    )


def binary(draw: Drawn, op: str, options: str) -> NewModel:
    shape = (1, *(draw.pick(1, 5) for _ in range(3)))
    other = draw.one_of(
        shape, shape[2:], (1, 1, 1, shape[3]), (1,), (1, shape[1], 1, shape[3]), (1, 1, shape[2], 1)
    )
    constant = NewTensor("c", other, "int8", draw.int8(), draw.values(other, -128, 127, "int8"))
    operands = draw.one_of(("in", "c"), ("c", "in"), ("in", "in"))
    return model_of(
        NewOp(
            op,
            operands,
            ("out",),
            (options, {"fusedActivationFunction": draw.one_of(0, 0, 1, 2, 3)}),
        ),
        NewTensor("in", shape, "int8", draw.int8()),
        NewTensor("out", shape, "int8", draw.int8()),
        constant,
    )


def add(draw: Drawn) -> NewModel:
    return binary(draw, "ADD", "Add")


def mul(draw: Drawn) -> NewModel:
    return binary(draw, "MUL", "Mul")


def unary(op: NewOp, shape: Sequence[int], before: Quantization, after: Quantization) -> NewModel:
    return model_of(
        op,
        NewTensor("in", tuple(shape), "int8", before),
        NewTensor("out", tuple(shape), "int8", after),
    )


def softmax(draw: Drawn) -> NewModel:
    shape = (draw.pick(1, 3), draw.pick(1, 20))
    op = NewOp("SOFTMAX", ("in",), ("out",), ("Softmax", {"beta": 1.0}))
    return unary(op, shape, draw.int8(), Quantization((1 / 256,), (-128,)))


def logistic(draw: Drawn) -> NewModel:
    op = NewOp("LOGISTIC", ("in",), ("out",))
    return unary(op, (1, 256), draw.int8(), Quantization((1 / 256,), (-128,)))


def relu(draw: Drawn) -> NewModel:
    return unary(NewOp("RELU", ("in",), ("out",)), (1, 256), draw.int8(), draw.int8())


def relu6(draw: Drawn) -> NewModel:
    return unary(NewOp("RELU6", ("in",), ("out",)), (1, 256), draw.int8(), draw.int8())


def quantize(draw: Drawn) -> NewModel:
    op = NewOp("QUANTIZE", ("in",), ("out",), ("Quantize", {}))
    return unary(op, (1, 256), draw.int8(), draw.int8())


def _of_type(draw: Drawn, dtype: str) -> Quantization:
    """Return a scale and a zero point of a type; of int16 the zero point is 0."""
    found = draw.int8()
    shift = {"int8": 0, "uint8": 128}.get(dtype, -found.zero_points[0])
    return Quantization(found.scales, (found.zero_points[0] + shift,))


def quantize_float(draw: Drawn) -> NewModel:
    return _quantize_float(draw, draw.one_of("int8", "int16"))


def quantize_float_to_uint8(draw: Drawn) -> NewModel:
    return _quantize_float(draw, "uint8")


def _quantize_float(draw: Drawn, dtype: str) -> NewModel:
    return model_of(
        NewOp("QUANTIZE", ("in",), ("out",), ("Quantize", {})),
        NewTensor("in", (1, 256), "float32"),
        NewTensor("out", (1, 256), dtype, _of_type(draw, dtype)),
    )


def quantize_byte(draw: Drawn) -> NewModel:
    """Between int8 and uint8, as the converter's default edges are, in both directions."""
    first, second = draw.one_of(("uint8", "int8"), ("int8", "uint8"))
    scale = _of_type(draw, first)
    zero_point = scale.zero_points[0] + (128 if first == "int8" else -128)
    # Half of them as the converter makes them, of the same scale.
    other = draw.one_of(Quantization(scale.scales, (zero_point,)), _of_type(draw, second))
    return model_of(
        NewOp("QUANTIZE", ("in",), ("out",), ("Quantize", {})),
        NewTensor("in", (1, 256), first, scale),
        NewTensor("out", (1, 256), second, other),
    )


def dequantize(draw: Drawn) -> NewModel:
    dtype = draw.one_of("int8", "uint8", "int16")
    return model_of(
        NewOp("DEQUANTIZE", ("in",), ("out",), ("Dequantize", {})),
        NewTensor("in", (1, 256), dtype, _of_type(draw, dtype)),
        NewTensor("out", (1, 256), "float32"),
    )


def pad(draw: Drawn) -> NewModel:
    shape = (1, *(draw.pick(1, 4) for _ in range(3)))
    pairs = np.array([(0, 0), *((draw.pick(0, 3), draw.pick(0, 3)) for _ in range(3))])
    same = draw.int8()
    out = tuple(int(size + pair.sum()) for size, pair in zip(shape, pairs, strict=True))
    return model_of(
        NewOp("PAD", ("in", "p"), ("out",), ("Pad", {})),
        NewTensor("in", shape, "int8", same),
        NewTensor("out", out, "int8", same),
        NewTensor("p", (4, 2), "int32", None, pairs),
    )


def concatenation(draw: Drawn) -> NewModel:
    shape = [1, *(draw.pick(1, 4) for _ in range(3))]
    axis, same = draw.pick(1, 3), draw.int8()
    other = [draw.pick(1, 4) if place == axis else size for place, size in enumerate(shape)]
    operands = draw.one_of(("in", "c"), ("c", "in"), ("c", "in", "c"), ("in", "in"))
    sizes = {"in": shape[axis], "c": other[axis]}
    out = list(shape)
    out[axis] = sum(sizes[each] for each in operands)
    return model_of(
        NewOp(
            "CONCATENATION",
            operands,
            ("out",),
            ("Concatenation", {"axis": draw.one_of(axis, axis - 4)}),
        ),
        NewTensor("in", tuple(shape), "int8", same),
        NewTensor("out", tuple(out), "int8", same),
        NewTensor("c", tuple(other), "int8", same, draw.values(other, -128, 127, "int8")),
    )


def transpose(draw: Drawn) -> NewModel:
    rank = draw.pick(2, 4)
    shape = tuple(draw.pick(1, 4) for _ in range(rank))
    order = draw.rng.permutation(rank)
    same = draw.int8()
    return model_of(
        NewOp("TRANSPOSE", ("in", "p"), ("out",), ("Transpose", {})),
        NewTensor("in", shape, "int8", same),
        NewTensor("out", tuple(shape[axis] for axis in order), "int8", same),
        NewTensor("p", (rank,), "int32", None, order),
    )


def strided_slice(draw: Drawn) -> NewModel:
    rank = draw.pick(1, 4)
    shape = tuple(draw.pick(1, 6) for _ in range(rank))
    begins, ends, strides, out, masks = [], [], [], [], [0, 0, 0]
    for axis, size in enumerate(shape):
        stride = draw.one_of(1, 1, 2, 3, -1, -2)
        begin, end = draw.pick(-size, size - 1), draw.pick(-size, size)
        for mask in (0, 1):
            masks[mask] |= (1 << axis) * draw.pick(0, 1)
        shrinks = draw.pick(0, 4) == 0 and (out or axis < rank - 1)
        first = None if masks[0] & (1 << axis) else begin
        last = None if masks[1] & (1 << axis) else end
        if shrinks:
            masks[2] |= 1 << axis
            masks[0] &= ~(1 << axis)
            stride = 1
        else:
            count = len(range(size)[slice(first, last, stride)])
            if count == 0:  # the runtimes refuse empty outputs
                begin, end, stride, count = 0, size, 1, size
                masks[0] |= 1 << axis
                masks[1] |= 1 << axis
            out.append(count)
        begins.append(begin)
        ends.append(end)
        strides.append(stride)
    same = draw.int8()
    names = ("begin", "end", "strides")
    constants = [
        NewTensor(name, (rank,), "int32", None, np.array(values))
        for name, values in zip(names, (begins, ends, strides), strict=True)
    ]
    options = {"beginMask": masks[0], "endMask": masks[1], "shrinkAxisMask": masks[2]}
    return model_of(
        NewOp("STRIDED_SLICE", ("in", *names), ("out",), ("StridedSlice", options)),
        NewTensor("in", shape, "int8", same),
        NewTensor("out", tuple(out), "int8", same),
        *constants,
    )


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    **weighted_layers.OPS,
    **{
        each.__name__: each
        for each in (
            pool,
            mean,
            add,
            mul,
            softmax,
            logistic,
            relu,
            relu6,
            quantize,
            quantize_float,
            quantize_float_to_uint8,
            quantize_byte,
            dequantize,
            pad,
            concatenation,
            transpose,
            strided_slice,
        )
    },
}
