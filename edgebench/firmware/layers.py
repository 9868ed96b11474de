"""A model's layers as C will compute them: integers but for the edges, every shape known.

Each kind of layer is a dataclass whose fields are named as those of its struct in
``firmware_host/kernels/``. Those that only copy are in `copying_layers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware import wide_layers
from edgebench.firmware.copying_layers import Alias, Fill, Gather, Move, MoveTable, Nearest
from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.loop_nest import LoopNest
from edgebench.firmware.recurrent_layers import Lstm, Matrix, State, Svdf
from edgebench.firmware.reducing_layers import L2Normalization, Mean, Reduce, Softmax
from edgebench.firmware.resizing_layers import Bilinear, BilinearReal
from edgebench.firmware.wide_layers import WideKind
from edgebench.models.tflite.block import Part
from edgebench.models.tflite.tensors import Tensor

RAISED, RAISED_16 = 20, 15
"""Both inputs of an ADD of int8 or int16 are raised by so many bits, then scaled to one step."""


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
    """Weights in the file's order, biases, and a multiplier for every output channel.

    ``weights_zero_point`` is 0 but in networks of uint8.
    """

    weights: NDArray[np.int8]
    bias: NDArray[Any] | None
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int8]
    input_zero_point: int
    output_zero_point: int
    output: Range
    weights_zero_point: int = 0


@dataclass(frozen=True)
class Weighted16:
    """`Weighted` of int16 activations, whose zero points are 0; biases are int64.

    ``rounds_twice`` where the file's biases are int32: the reference then computes in int32.
    """

    weights: NDArray[np.int8]
    bias: NDArray[Any] | None
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int8]
    rounds_twice: bool
    input_zero_point: int
    output: Range


@dataclass(frozen=True)
class Conv:
    """CONV_2D or DEPTHWISE_CONV_2D; ``depth`` is how many input channels an output sees."""

    weighted: Weighted | Weighted16
    input: Shape
    output: Shape
    window: Window
    depth: int


@dataclass(frozen=True)
class SomeChannels:
    """Single output channels of a convolution, computed again by the portable kernel.

    ``conv`` has the weights, biases and multipliers of these channels only, its ``output`` all
    channels; ``channels`` says which they are. ``is_depthwise`` where a channel sees the input
    channel of its own number.
    """

    conv: Conv
    channels: NDArray[np.int32]
    count: int
    is_depthwise: bool


@dataclass(frozen=True)
class Dense:
    """FULLY_CONNECTED."""

    weighted: Weighted | Weighted16
    rows: int
    inputs: int
    outputs: int


@dataclass(frozen=True)
class TransposeConv:
    """TRANSPOSE_CONV."""

    weighted: Weighted | Weighted16
    input: Shape
    output: Shape
    window: Window


@dataclass(frozen=True)
class Pool:
    """AVERAGE_POOL_2D or MAX_POOL_2D."""

    input: Shape
    output: Shape
    window: Window
    range: Range
    rounds_up: bool = False
    """Whether an average's half goes up, as in networks of uint8, not away from zero."""


@dataclass(frozen=True)
class Add:
    """ADD."""

    loops: LoopNest
    zero_points: tuple[int, int]
    multipliers: tuple[Multiplier, Multiplier]
    output_zero_point: int
    output_multiplier: Multiplier
    output: Range


@dataclass(frozen=True)
class Mul:
    """MUL."""

    loops: LoopNest
    zero_points: tuple[int, int]
    output_zero_point: int
    output_multiplier: Multiplier
    output: Range


@dataclass(frozen=True)
class Prelu:
    """PRELU; the multipliers are for inputs of 0 and more, and for products with slopes."""

    loops: LoopNest
    zero_points: tuple[int, int]
    multipliers: tuple[Multiplier, Multiplier]
    output_zero_point: int


@dataclass(frozen=True)
class Extreme:
    """MAXIMUM or MINIMUM of two activations of one scale."""

    loops: LoopNest


@dataclass(frozen=True)
class Table:
    """An op of one byte that gives one byte: all 256 answers, from that for -128 on."""

    table: NDArray[np.int8]
    count: int


@dataclass(frozen=True)
class Quantize:
    """QUANTIZE of float32; ``is_wide`` where it gives int16."""

    scale: float
    zero_point: int
    range: Range
    count: int
    is_wide: bool


@dataclass(frozen=True)
class Dequantize:
    """DEQUANTIZE to float32, of int8, of uint8 or, ``is_wide``, of int16."""

    scale: float
    zero_point: int
    count: int
    is_wide: bool
    is_unsigned: bool


Kind = (
    Conv
    | SomeChannels
    | Dense
    | TransposeConv
    | Lstm
    | Svdf
    | Matrix
    | Pool
    | Add
    | Mul
    | Prelu
    | Extreme
    | Reduce
    | Mean
    | Softmax
    | L2Normalization
    | Table
    | Quantize
    | Dequantize
    | Move
    | MoveTable
    | Gather
    | Nearest
    | Bilinear
    | BilinearReal
    | Fill
    | Alias
    | WideKind
)
OFFSET = "_offset"
"""Suffix of the functions for weights with a zero point."""
IN_PLACE = wide_layers.IN_PLACE | {
    "add",
    "dsp_add",
    "sub",
    "mul",
    "prelu",
    "maximum",
    "minimum",
    "look_up",
}
"""Functions whose output may lie where an input of its size lies: they read a value, then write
it."""


@dataclass(frozen=True)
class Step:
    """One call of a C function (none for an alias) on the activations or constants it reads."""

    function: str
    kind: Kind
    inputs: tuple[int, ...]
    output: int | None = None
    """The tensor that it writes; None for the op's first output."""
    states: tuple[int, ...] = ()
    """Tensors that it reads and changes, and that stay for the next inference."""
    times: int = 1
    """How often it is called: for each sample of a batch that the file states."""


@dataclass(frozen=True)
class Layer:
    """A step of an op; ``part`` counts the steps of one op."""

    index: int
    part: int
    op_name: str
    function: str
    kind: Any
    inputs: tuple[int, ...]
    output: int
    states: tuple[int, ...] = ()
    times: int = 1

    @property
    def name(self) -> str:
        """Its name in C."""
        return f"layer_{self.index}_{self.part}" if self.part else f"layer_{self.index}"


@dataclass(frozen=True)
class Network:
    """A model as layers in order; tensors by the number that layers know them by.

    ``constants`` are the tensors that layers read as they read activations; ``states`` are read and
    written, and kept between inferences.
    """

    layers: tuple[Layer, ...]
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    tensors: Mapping[int, Tensor]
    constants: Mapping[int, NDArray[Any]]
    states: tuple[State, ...] = ()

    @property
    def output_numbers(self) -> frozenset[int]:
        """The numbers of the tensors that the caller gets."""
        return frozenset(each.tensor.index for each in self.outputs)
