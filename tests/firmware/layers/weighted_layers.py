"""Models of one op with weights, drawn at random; channels at the limits of the fast kernels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers.drawn import Drawn, model_of


def window(draw: Drawn, name: str, *, dilates: bool) -> tuple[dict[str, int], list[int], list[int]]:
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
    options, taps, (height, out_h, width, out_w) = window(draw, "Conv2D", dilates=True)
    depth, out = draw.pick(1, 9), draw.pick(1, 9)
    groups = draw.one_of(1, 1, 1, 2, 3)
    if wide:
        groups = 1
    out *= groups
    dtype, before, after = _activations(draw, wide)
    weights = _weights(draw, (out, *taps, depth), 0, before, after, wide, per_channel=True)
    names = ("in", *(each.name for each in weights))
    return model_of(
        NewOp("CONV_2D", names, ("out",), ("Conv2D", options)),
        NewTensor("in", (1, height, width, depth * groups), dtype, before),
        NewTensor("out", (1, out_h, out_w, out), dtype, after),
        *weights,
    )


def depthwise_conv_2d(draw: Drawn, *, wide: bool = False) -> NewModel:
    options, taps, (height, out_h, width, out_w) = window(draw, "DepthwiseConv2D", dilates=True)
    channels = draw.one_of(draw.pick(1, 7), 4, 8, 12, 20)
    times = draw.one_of(1, 1, 2, 3)
    dtype, before, after = _activations(draw, wide)
    weights = _weights(draw, (1, *taps, channels * times), 3, before, after, wide, per_channel=True)
    if wide:
        weights = [each for each in weights if each.dtype != "int32"]
    names = ("in", *(each.name for each in weights))
    return model_of(
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


def depthwise_3_by_3(draw: Drawn) -> NewModel:
    """Return a layer whose outputs the DSP kernel computes four of a row or a column at a time."""
    padding, channels = draw.pick(0, 1), 4 * draw.pick(1, 3)
    strides = {axis: draw.pick(1, 3) for axis in "HW"}
    sizes = [draw.pick(3 if padding else 1, 14) for _ in "HW"]
    outputs = [
        (size - 3) // stride + 1 if padding else -(-size // stride)
        for size, stride in zip(sizes, strides.values(), strict=True)
    ]
    before, after = draw.int8(), draw.int8()
    weights = _weights(draw, (1, 3, 3, channels), 3, before, after, False, per_channel=True)
    options = {
        "padding": padding,
        "depthMultiplier": 1,
        **{f"stride{axis}": stride for axis, stride in strides.items()},
        **{f"dilation{axis}Factor": 1 for axis in "HW"},
        "fusedActivationFunction": 0,
    }
    return model_of(
        NewOp("DEPTHWISE_CONV_2D", ("in", "w", "b"), ("out",), ("DepthwiseConv2D", options)),
        NewTensor("in", (1, *sizes, channels), "int8", before),
        NewTensor("out", (1, *outputs, channels), "int8", after),
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
    return model_of(
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


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    each.__name__: each
    for each in (
        conv_2d,
        depthwise_conv_2d,
        fully_connected,
        conv_2d_16x8,
        depthwise_conv_2d_16x8,
        fully_connected_16x8,
    )
}

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
