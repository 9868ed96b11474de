"""A model's ops as C will compute them: integers only, every shape known.

Each kind of layer is a dataclass whose fields are named as those of its struct in
``firmware_host/kernels/kernels.h``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import ModelNotSupported
from edgebench.firmware.fixed_point import (
    ACTIVATION_LIMITS,
    Multiplier,
    activation_range,
    multiplier_of,
)
from edgebench.models.resolve import Model
from edgebench.models.rewrite import unpacked
from edgebench.models.schema import names_of
from edgebench.models.tensors import Tensor

SOFTMAX_INTEGER_BITS = 5


@dataclass(frozen=True)
class Shape:
    """Of an activation, without the batch."""

    height: int
    width: int
    channels: int


@dataclass(frozen=True)
class Window:
    """A convolution's or a pooling's."""

    height: int
    width: int
    stride_height: int
    stride_width: int
    dilation_height: int
    dilation_width: int
    pad_top: int
    pad_left: int


@dataclass(frozen=True)
class Range:
    """Of stored values that an activation lets through."""

    low: int
    high: int


@dataclass(frozen=True)
class Weighted:
    """Weights in the file's order, biases, and a multiplier for every output channel."""

    weights: NDArray[np.int8]
    bias: NDArray[np.int32] | None
    multipliers: tuple[Multiplier, ...]
    input_zero_point: int
    output_zero_point: int
    output: Range


@dataclass(frozen=True)
class Conv:
    """CONV_2D or DEPTHWISE_CONV_2D."""

    weighted: Weighted
    input: Shape
    output: Shape
    window: Window


@dataclass(frozen=True)
class Dense:
    """FULLY_CONNECTED."""

    weighted: Weighted
    rows: int
    inputs: int
    outputs: int


@dataclass(frozen=True)
class Pool:
    """AVERAGE_POOL_2D or MAX_POOL_2D."""

    input: Shape
    output: Shape
    window: Window
    range: Range


@dataclass(frozen=True)
class Add:
    """ADD of two activations of one shape."""

    count: int
    zero_points: tuple[int, int]
    multipliers: tuple[Multiplier, Multiplier]
    output_zero_point: int
    output_multiplier: Multiplier
    output: Range


@dataclass(frozen=True)
class Softmax:
    """SOFTMAX over the last axis."""

    rows: int
    count: int
    multiplier: Multiplier
    least_difference: int


@dataclass(frozen=True)
class Alias:
    """RESHAPE: the same bytes under another shape."""


Kind = Conv | Dense | Pool | Add | Softmax | Alias


@dataclass(frozen=True)
class Layer:
    """An op: its C function (empty for an alias), and the activations that it reads and writes."""

    index: int
    op_name: str
    function: str
    kind: Any
    inputs: tuple[int, ...]
    output: int


@dataclass(frozen=True)
class Network:
    """A model as layers in order; tensors by the number that layers know them by."""

    layers: tuple[Layer, ...]
    input: Tensor
    output: Tensor
    tensors: Mapping[int, Tensor]


class _Reader:
    """What the rules below read an op from."""

    def __init__(self, model: Model, table: Any, index: int) -> None:
        self.model = model
        self.op = model.facts.ops[index]
        self._table = table
        self.options = table.subgraphs[0].operators[index].builtinOptions
        self.tensors = model.facts.tensors

    def refuse(self, why: str, advice: str = "") -> ModelNotSupported:
        return ModelNotSupported(
            f"{self.model.label}: op {self.op.index}, {self.op.custom or self.op.name}: {why}; "
            + (advice or "the firmware's kernels don't have that")
        )

    def input(self, number: int) -> Tensor:
        return self.tensors[self.op.inputs[number]]

    @property
    def output(self) -> Tensor:
        return self.tensors[self.op.outputs[0]]

    def int8(self, tensor: Tensor) -> tuple[float, int]:
        """Return the scale and the zero point of an int8 activation."""
        if tensor.type_name != "INT8" or tensor.quantization is None:
            raise self.refuse(
                f"`{tensor.name}` is {tensor.type_name}",
                "the firmware computes with int8: `edgebench quantize --recipe int8`",
            )
        return tensor.quantization.scales[0], tensor.quantization.zero_points[0]

    def constant(self, tensor: Tensor, dtype: type[np.generic]) -> NDArray[Any]:
        buffer = self._table.subgraphs[0].tensors[tensor.index].buffer
        data = self._table.buffers[buffer].data
        if data is None:
            raise self.refuse(f"`{tensor.name}` is no constant")
        raw = np.asarray(data, np.uint8).tobytes()
        if len(raw) != tensor.elements * np.dtype(dtype).itemsize:
            raise self.refuse(f"`{tensor.name}` has {len(raw)} bytes of data")
        return np.frombuffer(raw, dtype).reshape(tensor.shape)

    def range(self, output: Tensor) -> Range:
        name = names_of("ActivationFunctionType")[self.options.fusedActivationFunction]
        if name not in ACTIVATION_LIMITS:
            raise self.refuse(f"the activation {name}")
        return Range(*activation_range(name, *self.int8(output)))

    def image(self, tensor: Tensor) -> Shape:
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            raise self.refuse(f"`{tensor.name}` has the shape {list(tensor.shape)}")
        return Shape(*tensor.shape[1:])

    def weighted(self, axis: int) -> Weighted:
        """Read the weights and biases; ``axis`` is that of the output channels."""
        source, weights, output = self.input(0), self.input(1), self.output
        in_scale, in_zero = self.int8(source)
        out_scale, out_zero = self.int8(output)
        self.int8(weights)
        quantization = weights.quantization
        if quantization is None or any(quantization.zero_points):
            raise self.refuse(f"the weights `{weights.name}` have a zero point")
        channels = weights.shape[axis]
        scales = quantization.scales
        if len(scales) not in (1, channels):
            raise self.refuse(f"`{weights.name}` has {len(scales)} scales")
        per_channel = tuple(multiplier_of(in_scale * float(scale) / out_scale) for scale in scales)
        bias = None
        if len(self.op.inputs) > 2 and self.op.inputs[2] >= 0:
            if self.input(2).type_name != "INT32":
                raise self.refuse(f"biases of {self.input(2).type_name}")
            bias = self.constant(self.input(2), np.int32).reshape(-1)
        return Weighted(
            weights=self.constant(weights, np.int8),
            bias=bias,
            multipliers=per_channel * (channels // len(per_channel)),
            input_zero_point=in_zero,
            output_zero_point=out_zero,
            output=self.range(output),
        )

    def window(self, height: int, width: int, source: Shape, output: Shape) -> Window:
        options = self.options
        dilation_h = getattr(options, "dilationHFactor", 1)
        dilation_w = getattr(options, "dilationWFactor", 1)
        is_same = names_of("Padding")[options.padding] == "SAME"

        def before(size: int, out: int, stride: int, taps: int, dilation: int) -> int:
            needed = (out - 1) * stride + (taps - 1) * dilation + 1
            return max(needed - size, 0) // 2 if is_same else 0

        stride_h, stride_w = options.strideH, options.strideW
        return Window(
            height, width, stride_h, stride_w, dilation_h, dilation_w,
            before(source.height, output.height, stride_h, height, dilation_h),
            before(source.width, output.width, stride_w, width, dilation_w),
        )  # fmt: skip


def _conv(read: _Reader) -> Kind:
    source, output = read.image(read.input(0)), read.image(read.output)
    weights = read.input(1).shape
    if weights[3] != source.channels:
        raise read.refuse("a grouped convolution")
    window = read.window(weights[1], weights[2], source, output)
    return Conv(read.weighted(axis=0), source, output, window)


def _depthwise(read: _Reader) -> Kind:
    source, output = read.image(read.input(0)), read.image(read.output)
    weights = read.input(1).shape
    window = read.window(weights[1], weights[2], source, output)
    return Conv(read.weighted(axis=3), source, output, window)


def _fully_connected(read: _Reader) -> Kind:
    outputs, inputs = read.input(1).shape
    rows = read.input(0).elements // inputs
    return Dense(read.weighted(axis=0), rows, inputs, outputs)


def _pool(read: _Reader) -> Kind:
    source, output = read.image(read.input(0)), read.image(read.output)
    if read.int8(read.input(0)) != read.int8(read.output):
        raise read.refuse("a pooling that changes the scale")
    window = read.window(read.options.filterHeight, read.options.filterWidth, source, output)
    return Pool(source, output, window, read.range(read.output))


def _add(read: _Reader) -> Kind:
    left, right, output = read.input(0), read.input(1), read.output
    if left.shape != right.shape or left.constant_bytes or right.constant_bytes:
        raise read.refuse("inputs of different shapes, or a constant one")
    (scale_0, zero_0), (scale_1, zero_1) = read.int8(left), read.int8(right)
    out_scale, out_zero = read.int8(output)
    twice = 2.0 * max(scale_0, scale_1)
    return Add(
        count=prod(output.shape),
        zero_points=(zero_0, zero_1),
        multipliers=(multiplier_of(scale_0 / twice), multiplier_of(scale_1 / twice)),
        output_zero_point=out_zero,
        output_multiplier=multiplier_of(twice / (2**20 * out_scale)),
        output=read.range(output),
    )


def _softmax(read: _Reader) -> Kind:
    source, output = read.input(0), read.output
    scale, _ = read.int8(source)
    if read.int8(output) != (1 / 256, -128):
        raise read.refuse("an output that is not in steps of 1/256 from -128")
    # Differences become fixed point with 5 integer bits.
    factor = min(read.options.beta * scale * 2 ** (31 - SOFTMAX_INTEGER_BITS), 2**31 - 1.0)
    multiplier = multiplier_of(factor)
    radius = ((2**SOFTMAX_INTEGER_BITS - 1) * 2 ** (31 - SOFTMAX_INTEGER_BITS)) >> max(
        0, multiplier.shift
    )
    count = source.shape[-1]
    return Softmax(source.elements // count, count, multiplier, -radius)


def _alias(read: _Reader) -> Kind:
    if read.input(0).quantization != read.output.quantization:
        raise read.refuse("a reshaping that changes the scale")
    return Alias()


@dataclass(frozen=True)
class _Rule:
    """How an op is read, its C function, and how many of its inputs are activations."""

    read: Callable[[_Reader], Kind]
    function: str
    activations: int = 1


RULES: Mapping[str, _Rule] = {
    "CONV_2D": _Rule(_conv, "conv_2d"),
    "DEPTHWISE_CONV_2D": _Rule(_depthwise, "depthwise_conv_2d"),
    "FULLY_CONNECTED": _Rule(_fully_connected, "fully_connected"),
    "AVERAGE_POOL_2D": _Rule(_pool, "average_pool_2d"),
    "MAX_POOL_2D": _Rule(_pool, "max_pool_2d"),
    "ADD": _Rule(_add, "add", 2),
    "SOFTMAX": _Rule(_softmax, "softmax"),
    "RESHAPE": _Rule(_alias, ""),
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
    layers = []
    for op in facts.ops:
        rule = RULES.get(op.name)
        read = _Reader(model, table, op.index)
        if rule is None:
            raise read.refuse("no such kernel", f"there are {', '.join(RULES)}")
        kind = rule.read(read)
        inputs = op.inputs[: rule.activations]
        layers.append(Layer(op.index, op.name, rule.function, kind, inputs, op.outputs[0]))
    tensors = {tensor.index: tensor for tensor in facts.tensors}
    return Network(tuple(layers), facts.inputs[0], facts.outputs[0], tensors)
