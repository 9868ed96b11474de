"""Models of one op, drawn at random: every op that the firmware has, over its shapes, scales,
paddings, strides and types."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization

Pick = Callable[[int, int], int]
"""A whole number from a range, both ends in it: hypothesis draws it, or a seeded generator."""

SIXTEENTH = 16.0


class Drawn:
    """Numbers of a model, drawn one at a time; arrays come from a seed that is drawn."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.rng = np.random.default_rng(pick(0, 2**31))

    def one_of(self, *values: Any) -> Any:
        return values[self.pick(0, len(values) - 1)]

    def scale(self, low: float = -9.0, high: float = 0.0) -> float:
        """Return 2^x for an x between the two, a power of two now and then, as a float32."""
        steps = self.pick(int(low * SIXTEENTH), int(high * SIXTEENTH))
        jitter = 0.0 if self.pick(0, 5) == 0 else float(self.rng.uniform(0, 1 / SIXTEENTH))
        return float(np.float32(2.0 ** (steps / SIXTEENTH + jitter)))

    def int8(self) -> Quantization:
        zero = self.one_of(-128, 127, 0, self.pick(-128, 127))
        return Quantization((self.scale(),), (zero,))

    def int16(self) -> Quantization:
        return Quantization((self.scale(-15.0, -3.0),), (0,))

    def values(self, shape: Sequence[int], low: int, high: int, dtype: str) -> Any:
        return self.rng.integers(low, high, tuple(shape), endpoint=True).astype(dtype)


def _model(op: NewOp, source: NewTensor, output: NewTensor, *others: NewTensor) -> NewModel:
    return NewModel([source, output, *others], [op], [source.name], [output.name])


def _window(
    draw: Drawn, name: str, *, dilates: bool
) -> tuple[dict[str, int], list[int], list[int]]:
    """Return options, the taps, and the sizes of an input and output of height and width."""
    padding = draw.pick(0, 1)
    options = {"padding": padding, "fusedActivationFunction": draw.one_of(0, 0, 1, 2, 3)}
    taps, sizes = [], []
    is_usual = draw.pick(0, 2) == 0
    for axis in ("H", "W"):
        count, stride = 3 if is_usual else draw.pick(1, 5), draw.pick(1, 3)
        dilation = draw.pick(1, 3) if dilates and draw.pick(0, 2) == 0 else 1
        options[f"stride{axis}"] = stride
        if dilates:
            options[f"dilation{axis}Factor"] = dilation
        reach = (count - 1) * dilation + 1
        size = draw.pick(reach if padding else 1, reach + 8)
        out = (size - reach) // stride + 1 if padding else -(-size // stride)
        taps.append(count)
        sizes += [size, out]
    return options, taps, sizes


def _activations(draw: Drawn, wide: bool) -> tuple[str, Quantization, Quantization]:
    if wide:
        return "int16", draw.int16(), draw.int16()
    return "int8", draw.int8(), draw.int8()


def _weights(
    draw: Drawn,
    shape: Sequence[int],
    axis: int,
    source: Quantization,
    output: Quantization,
    wide: bool,
    *,
    per_channel: bool,
    needs_bias: bool = True,
) -> list[NewTensor]:
    """Return weights and, mostly, biases whose sums come to about the output's range."""
    channels = shape[axis]
    count = int(np.prod(shape)) // channels
    usual = output.scales[0] / source.scales[0] / max(count, 1) ** 0.5 / (1 if wide else 32)
    number = channels if per_channel else 1
    scales = tuple(float(np.float32(usual * 2.0 ** draw.rng.uniform(-4, 3))) for _ in range(number))
    found = [
        NewTensor(
            "w",
            tuple(shape),
            "int8",
            Quantization(scales, (0,) * number, axis),
            draw.values(shape, -127, 127, "int8"),
        ),
    ]
    kind = draw.one_of("int64", "int32") if wide else "int32"
    if needs_bias or draw.pick(0, 3):
        most = 1 << draw.pick(0, 20)
        steps = tuple(float(np.float32(source.scales[0]) * np.float32(each)) for each in scales)
        found.append(
            NewTensor(
                "b",
                (channels,),
                kind,
                Quantization(steps, (0,) * number),
                draw.values((channels,), -most, most, kind),
            )
        )
    return found


def conv_2d(draw: Drawn, *, wide: bool = False) -> NewModel:
    options, taps, (height, out_h, width, out_w) = _window(draw, "Conv2D", dilates=True)
    depth, out = draw.pick(1, 9), draw.pick(1, 9)
    groups = draw.one_of(1, 1, 1, 2, 3)
    if wide:
        groups = 1
    out *= groups
    dtype, before, after = _activations(draw, wide)
    weights = _weights(draw, (out, *taps, depth), 0, before, after, wide, per_channel=True)
    names = ("in", *(each.name for each in weights))
    return _model(
        NewOp("CONV_2D", names, ("out",), ("Conv2D", options)),
        NewTensor("in", (1, height, width, depth * groups), dtype, before),
        NewTensor("out", (1, out_h, out_w, out), dtype, after),
        *weights,
    )


def depthwise_conv_2d(draw: Drawn, *, wide: bool = False) -> NewModel:
    options, taps, (height, out_h, width, out_w) = _window(draw, "DepthwiseConv2D", dilates=True)
    channels = draw.one_of(draw.pick(1, 7), 4, 8, 12, 20)
    times = draw.one_of(1, 1, 2, 3)
    dtype, before, after = _activations(draw, wide)
    weights = _weights(draw, (1, *taps, channels * times), 3, before, after, wide, per_channel=True)
    if wide:
        weights = [each for each in weights if each.dtype != "int32"]
    names = ("in", *(each.name for each in weights))
    return _model(
        NewOp(
            "DEPTHWISE_CONV_2D",
            names,
            ("out",),
            ("DepthwiseConv2D", {**options, "depthMultiplier": times}),
        ),
        NewTensor("in", (1, height, width, channels), dtype, before),
        NewTensor("out", (1, out_h, out_w, channels * times), dtype, after),
        *weights,
    )


def fully_connected(draw: Drawn, *, wide: bool = False) -> NewModel:
    rows, inputs, outputs = draw.one_of(1, 1, 2, 3), draw.pick(1, 40), draw.pick(1, 13)
    dtype, before, after = _activations(draw, wide)
    weights = _weights(
        draw, (outputs, inputs), 0, before, after, wide, per_channel=False, needs_bias=False
    )
    names = ("in", *(each.name for each in weights))
    activation = draw.one_of(0, 0, 1, 2, 3)
    return _model(
        NewOp(
            "FULLY_CONNECTED",
            names,
            ("out",),
            ("FullyConnected", {"fusedActivationFunction": activation}),
        ),
        NewTensor("in", (rows, inputs), dtype, before),
        NewTensor("out", (rows, outputs), dtype, after),
        *weights,
    )


def conv_2d_16x8(draw: Drawn) -> NewModel:
    return conv_2d(draw, wide=True)


def depthwise_conv_2d_16x8(draw: Drawn) -> NewModel:
    return depthwise_conv_2d(draw, wide=True)


def fully_connected_16x8(draw: Drawn) -> NewModel:
    return fully_connected(draw, wide=True)


def pool(draw: Drawn) -> NewModel:
    options, taps, (height, out_h, width, out_w) = _window(draw, "Pool2D", dilates=False)
    channels, same = draw.pick(1, 9), draw.int8()
    options |= {"filterHeight": taps[0], "filterWidth": taps[1]}
    return _model(
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
    return _model(
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
    return _model(
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
    return _model(
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
    return _model(
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
    return _model(
        NewOp("QUANTIZE", ("in",), ("out",), ("Quantize", {})),
        NewTensor("in", (1, 256), first, scale),
        NewTensor("out", (1, 256), second, other),
    )


def dequantize(draw: Drawn) -> NewModel:
    dtype = draw.one_of("int8", "uint8", "int16")
    return _model(
        NewOp("DEQUANTIZE", ("in",), ("out",), ("Dequantize", {})),
        NewTensor("in", (1, 256), dtype, _of_type(draw, dtype)),
        NewTensor("out", (1, 256), "float32"),
    )


def pad(draw: Drawn) -> NewModel:
    shape = (1, *(draw.pick(1, 4) for _ in range(3)))
    pairs = np.array([(0, 0), *((draw.pick(0, 3), draw.pick(0, 3)) for _ in range(3))])
    same = draw.int8()
    out = tuple(int(size + pair.sum()) for size, pair in zip(shape, pairs, strict=True))
    return _model(
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
    return _model(
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
    return _model(
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
    return _model(
        NewOp("STRIDED_SLICE", ("in", *names), ("out",), ("StridedSlice", options)),
        NewTensor("in", shape, "int8", same),
        NewTensor("out", tuple(out), "int8", same),
        *constants,
    )


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    each.__name__: each
    for each in (
        conv_2d,
        depthwise_conv_2d,
        fully_connected,
        conv_2d_16x8,
        depthwise_conv_2d_16x8,
        fully_connected_16x8,
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
}


def inputs_for(model: NewModel, count: int, rng: np.random.Generator) -> list[Any]:
    """Return inputs: the two ends of the type everywhere, all values in turn, and random ones."""
    source = next(tensor for tensor in model.tensors if tensor.name == model.inputs[0])
    size = int(np.prod(source.shape))
    if source.dtype == "float32":
        return _real_inputs(model, source.shape, count, rng)
    limits = np.iinfo(source.dtype)
    found = [
        np.full(size, limits.min),
        np.full(size, limits.max),
        np.arange(limits.min, limits.min + size) if size <= 256 else rng.permutation(size) % 256,
    ]
    found += [rng.integers(limits.min, limits.max, size, endpoint=True) for _ in range(count)]
    return [
        np.clip(each, limits.min, limits.max).astype(source.dtype).reshape(source.shape)
        for each in found
    ]


def _real_inputs(
    model: NewModel, shape: tuple[int, ...], count: int, rng: np.random.Generator
) -> list[Any]:
    """Return floats: halves of steps and their neighbours, zeros of both signs, huge and tiny."""
    output = next(tensor for tensor in model.tensors if tensor.name == model.outputs[0])
    assert output.quantization is not None
    scale = np.float32(output.quantization.scales[0])
    size = int(np.prod(shape))
    halves = ((np.arange(size) - size // 2) / 2).astype(np.float32) * scale
    odd = np.resize(np.array([0.0, -0.0, 1e-45, -1e-45, 0.49999997, -0.49999997, 1e30]), size)
    found = [halves, np.nextafter(halves, np.float32(np.inf)), np.nextafter(halves, -np.inf)]
    found += [(odd * scale).clip(-3e4 * scale, 3e4 * scale)]
    found += [rng.normal(0, 60, size) * scale for _ in range(count)]
    return [each.astype(np.float32).reshape(shape) for each in found]


SHIFTS_AT_LIMITS = (-3, -2, -1, 0, 1, 2, 20, 21, 22, 23, 24, 25, 27, 30, 31, 33)
"""Of a channel's requantization to the right: the fast kernels take most, but not all of them."""


def at_the_limits(draw: Drawn, made: NewModel) -> NewModel:
    """Return a layer with weights whose channels are zero, or scaled to a limit of the kernels.

    Sums stay within an int32, as the references need it.
    """
    tensors = {tensor.name: tensor for tensor in made.tensors}
    weights, bias = tensors["w"], tensors.get("b")
    if weights.values is None or weights.quantization is None:
        raise ValueError("no weights")
    axis = weights.quantization.axis
    source, output = (tensors[name].quantization for name in ("in", "out"))
    if source is None or output is None:
        raise ValueError("no scales")
    channels = weights.shape[axis]
    values = np.moveaxis(weights.values.copy(), axis, 0)
    biases = np.zeros(channels, np.int64) if bias is None else bias.values.astype(np.int64)
    scales = list(weights.quantization.scales)
    for channel in range(channels):
        kind = draw.one_of("usual", "zero", "zero", "shift", "bias", "both")
        if kind == "zero":
            values[channel] = 0
            biases[channel] = draw.one_of(0, 1, 2**30, -(2**30), 2**31 - 1, -(2**31), -7)
        if kind in ("bias", "both"):
            biases[channel] = draw.one_of(-1, 1) * (2**30 + draw.pick(-(2**20), 2**20))
        if kind in ("shift", "both", "zero") and len(scales) == channels:
            factor = 2.0 ** -draw.one_of(*SHIFTS_AT_LIMITS) * float(draw.rng.uniform(0.5, 1))
            if kind == "both" or abs(int(biases[channel])) >= 2**27:
                factor = min(factor, 0.4)  # nothing is shifted out to the left
            scales[channel] = float(np.float32(factor * output.scales[0] / source.scales[0]))
    tensors["w"] = dataclasses.replace(
        weights,
        values=np.moveaxis(values, 0, axis),
        quantization=dataclasses.replace(weights.quantization, scales=tuple(scales)),
    )
    if bias is not None:
        steps = tuple(float(np.float32(source.scales[0] * each)) for each in scales)
        tensors["b"] = dataclasses.replace(
            bias,
            values=biases.astype(np.int32),
            quantization=Quantization(steps, (0,) * len(steps)),
        )
    return dataclasses.replace(made, tensors=list(tensors.values()))
