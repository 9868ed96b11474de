"""Models of one op of int16, or of types that an op changes, drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers import copied_layers, single_layers
from tests.firmware.layers.drawn import Drawn

SHARE = Quantization((2.0**-15,), (0,))


def one(
    name: str,
    source: NewTensor,
    output: NewTensor,
    options: tuple[str, dict[str, object]] | None = None,
    *others: NewTensor,
) -> NewModel:
    inputs = (source.name, *(each.name for each in others))
    op = NewOp(name, inputs, (output.name,), options)
    return NewModel([source, output, *others], [op], [source.name], [output.name])


def shape_of(draw: Drawn) -> tuple[int, ...]:
    return (1, *(draw.pick(1, 5) for _ in range(3)))


def binary(draw: Drawn, op: str, options: str) -> NewModel:
    shape = shape_of(draw)
    other = draw.one_of(shape, (1, 1, 1, shape[3]), (1,), (1, 1, shape[2], 1))
    same = draw.int16()
    left, right = (same, same) if op in ("MAXIMUM", "MINIMUM") else (draw.int16(), draw.int16())
    constant = NewTensor("c", other, "int16", right, draw.values(other, -32768, 32767, "int16"))
    after = same if op in ("MAXIMUM", "MINIMUM") else draw.int16()
    activation = {} if options == "MaximumMinimum" else {"fusedActivationFunction": draw.pick(0, 3)}
    if op in ("ADD", "SUB"):
        activation["potScaleInt16"] = False
    return NewModel(
        [NewTensor("in", shape, "int16", left), NewTensor("out", shape, "int16", after), constant],
        [NewOp(op, draw.one_of(("in", "c"), ("c", "in")), ("out",), (options, activation))],
        ["in"],
        ["out"],
    )


def pool(draw: Drawn, name: str) -> NewModel:
    channels, same = draw.pick(1, 5), draw.int16()
    sizes, outs, options = [], [], {"fusedActivationFunction": draw.pick(0, 3)}
    options["padding"] = padding = draw.pick(0, 1)
    for axis, key in (("H", "filterHeight"), ("W", "filterWidth")):
        taps, stride = draw.pick(1, 4), draw.pick(1, 3)
        size = draw.pick(taps, taps + 6)
        options |= {f"stride{axis}": stride, key: taps}
        sizes.append(size)
        outs.append((size - taps) // stride + 1 if padding else -(-size // stride))
    return one(
        name,
        NewTensor("in", (1, *sizes, channels), "int16", same),
        NewTensor("out", (1, *outs, channels), "int16", same),
        ("Pool2D", options),
    )


def mean(draw: Drawn) -> NewModel:
    shape = shape_of(draw)
    return one(
        "MEAN",
        NewTensor("in", shape, "int16", draw.int16()),
        NewTensor("out", (1, 1, 1, shape[3]), "int16", draw.int16()),
        ("Reducer", {"keepDims": True}),
        NewTensor("axes", (2,), "int32", None, np.array([1, 2])),
    )


def softmax(draw: Drawn) -> NewModel:
    shape = (draw.pick(1, 3), draw.pick(1, 40))
    return one(
        "SOFTMAX",
        NewTensor("in", shape, "int16", draw.int16()),
        NewTensor("out", shape, "int16", SHARE),
        ("Softmax", {"beta": draw.one_of(1.0, 0.5, 3.0)}),
    )


def curve(draw: Drawn, name: str) -> NewModel:
    shape = shape_of(draw)
    scale = draw.one_of(2.0**-12, 2.0**-11, draw.scale(-15.0, -3.0))
    return one(
        name,
        NewTensor("in", shape, "int16", Quantization((scale,), (0,))),
        NewTensor("out", shape, "int16", SHARE),
    )


def scaled(draw: Drawn, name: str) -> NewModel:
    shape, same = shape_of(draw), draw.int16()
    after = same if name == "RELU6" else draw.int16()  # TFLM forgets that it may change
    options = ("LeakyRelu", {"alpha": draw.one_of(0.1, 0.3, 1.5)}) if "LEAKY" in name else None
    return one(
        name,
        NewTensor("in", shape, "int16", same),
        NewTensor("out", shape, "int16", after),
        options,
    )


def quantize(draw: Drawn, before: str, after: str) -> NewModel:
    shape, stored = shape_of(draw), {"int8": draw.int8, "int16": draw.int16}
    wide = Quantization((draw.scale(-20.0, -9.0),), (0,))
    kinds = [stored[each]() if each in stored else wide for each in (before, after)]
    return one(
        "QUANTIZE",
        NewTensor("in", shape, before, kinds[0]),
        NewTensor("out", shape, after, kinds[1]),
        ("Quantize", {}),
    )


def pad(draw: Drawn) -> NewModel:
    shape, same = shape_of(draw), draw.int16()
    pairs = np.array([[draw.pick(0, 2), draw.pick(0, 2)] for _ in shape], np.int32)
    out = tuple(int(size + pair.sum()) for size, pair in zip(shape, pairs, strict=True))
    return one(
        "PAD",
        NewTensor("in", shape, "int16", same),
        NewTensor("out", out, "int16", same),
        ("Pad", {}),
        NewTensor("p", (4, 2), "int32", None, pairs),
    )


def transpose_conv(draw: Drawn) -> NewModel:
    height, width, depth, channels = (draw.pick(1, 4) for _ in range(4))
    taps, stride = (draw.pick(1, 4), draw.pick(1, 4)), draw.pick(1, 3)
    out = tuple((size - 1) * stride + tap for size, tap in zip((height, width), taps, strict=True))
    before, after = draw.int16(), draw.int16()
    usual = after.scales[0] / before.scales[0] / (taps[0] * taps[1] * depth) ** 0.5
    scales = tuple(float(np.float32(usual * draw.rng.uniform(0.1, 2))) for _ in range(channels))
    shape = np.array((1, *out, channels), np.int32)
    weights = (channels, *taps, depth)
    return NewModel(
        [
            NewTensor("in", (1, height, width, depth), "int16", before),
            NewTensor("out", (1, *out, channels), "int16", after),
            NewTensor("shape", (4,), "int32", None, shape),
            NewTensor(
                "w",
                weights,
                "int8",
                Quantization(scales, (0,) * channels),
                draw.values(weights, -127, 127, "int8"),
            ),
            NewTensor(
                "b",
                (channels,),
                "int64",
                Quantization(scales, (0,) * channels),
                draw.values((channels,), -(2**20), 2**20, "int64"),
            ),
        ],
        [
            NewOp(
                "TRANSPOSE_CONV",
                ("shape", "w", "in", "b"),
                ("out",),
                ("TransposeConv", {"padding": 1, "strideH": stride, "strideW": stride}),
            )
        ],
        ["in"],
        ["out"],
    )


def arg(draw: Drawn, name: str, keeps: bool = False) -> NewModel:
    shape = shape_of(draw)
    axis = draw.pick(-4, 3)
    out = tuple(size for place, size in enumerate(shape) if place != axis % 4)
    if keeps:
        out = tuple(1 if place == axis % 4 else size for place, size in enumerate(shape))
    options = "ArgMax" if name == "ARG_MAX" else "ArgMin"
    return one(
        name,
        NewTensor("in", shape, "int8", draw.int8()),
        NewTensor("out", out, "int32"),
        (options, {"outputType": 2}),
        NewTensor("axis", (), "int32", None, np.array(axis, np.int32)),
    )


def cast(draw: Drawn, before: str, after: str) -> NewModel:
    shape = shape_of(draw)
    kinds = {"int8": draw.int8(), "int16": draw.int16()}
    return one(
        "CAST",
        NewTensor("in", shape, before, kinds.get(before)),
        NewTensor("out", shape, after, kinds.get(after)),
        ("Cast", {}),
    )


BATCHED_OPS = {**single_layers.OPS, **copied_layers.OPS}


def in_batches(draw: Drawn, op: str) -> NewModel:
    """A model of one image as one of several, as a file may state it."""
    made, samples = BATCHED_OPS[op](draw), draw.pick(2, 3)
    tensors = [
        replace(each, shape=(samples, *each.shape[1:])) if each.name in ("in", "out") else each
        for each in made.tensors
    ]
    return replace(made, tensors=tensors)


BATCHED = ("conv_2d", "depthwise_conv_2d", "conv_2d_16x8", "pool", "resize_nearest_neighbor")
OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    **{f"{op}_in_batches": partial(in_batches, op=op) for op in BATCHED},
    "add_16": partial(binary, op="ADD", options="Add"),
    "sub_16": partial(binary, op="SUB", options="Sub"),
    "mul_16": partial(binary, op="MUL", options="Mul"),
    "maximum_16": partial(binary, op="MAXIMUM", options="MaximumMinimum"),
    "minimum_16": partial(binary, op="MINIMUM", options="MaximumMinimum"),
    "average_pool_16": partial(pool, name="AVERAGE_POOL_2D"),
    "max_pool_16": partial(pool, name="MAX_POOL_2D"),
    "mean_16": mean,
    "softmax_16": softmax,
    "logistic_16": partial(curve, name="LOGISTIC"),
    "tanh_16": partial(curve, name="TANH"),
    "relu_16": partial(scaled, name="RELU"),
    "relu6_16": partial(scaled, name="RELU6"),
    "leaky_relu_16": partial(scaled, name="LEAKY_RELU"),
    "pad_16": pad,
    "transpose_conv_16x8": transpose_conv,
    "quantize_8_to_16": partial(quantize, before="int8", after="int16"),
    "quantize_8_to_32": partial(quantize, before="int8", after="int32"),
    "quantize_16_to_8": partial(quantize, before="int16", after="int8"),
    "quantize_16_to_16": partial(quantize, before="int16", after="int16"),
    "quantize_16_to_32": partial(quantize, before="int16", after="int32"),
    "quantize_32_to_16": partial(quantize, before="int32", after="int16"),
    "arg_max": partial(arg, name="ARG_MAX"),
    "arg_min": partial(arg, name="ARG_MIN"),
    "cast_8_to_32": partial(cast, before="int8", after="int32"),
    "cast_8_to_real": partial(cast, before="int8", after="float32"),
    "cast_16_to_32": partial(cast, before="int16", after="int32"),
}
