"""Read one op of a model, checked: what the rules in ``ops/`` see of the file.

A sound file may still hold an op that makes no sense: an input is missing, a shape has another
rank, a table of options is another op's. Each is refused here, in the op's name, before a rule
computes with it.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from math import isfinite, prod
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import (
    ACTIVATION_LIMITS,
    LIMITS,
    Multiplier,
    activation_range,
    multiplier_of,
)
from edgebench.firmware.layers import Range, Shape, Window
from edgebench.firmware.reading.advice import int8_advice
from edgebench.firmware.reading.unsupported_ops import OpRefused
from edgebench.firmware.reading.variables import Variables
from edgebench.models.prefix import name_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.flatbuffer.schema import names_of, schema
from edgebench.models.tflite.tensors import Tensor

DEFAULT_OPTIONS = {
    "ADD": "AddOptionsT",
    "SUB": "SubOptionsT",
    "DIV": "DivOptionsT",
    "MUL": "MulOptionsT",
    "CONCATENATION": "ConcatenationOptionsT",
    "SOFTMAX": "SoftmaxOptionsT",
    "STRIDED_SLICE": "StridedSliceOptionsT",
}
"""Ops that may come without options: the runtimes then take the schema's defaults."""
OPTIONS = {
    **DEFAULT_OPTIONS,
    "CONV_2D": "Conv2DOptionsT",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptionsT",
    "FULLY_CONNECTED": "FullyConnectedOptionsT",
    "AVERAGE_POOL_2D": "Pool2DOptionsT",
    "MAX_POOL_2D": "Pool2DOptionsT",
    "PACK": "PackOptionsT",
    "UNPACK": "UnpackOptionsT",
    "GATHER": "GatherOptionsT",
    "MIRROR_PAD": "MirrorPadOptionsT",
    "LEAKY_RELU": "LeakyReluOptionsT",
    "DEPTH_TO_SPACE": "DepthToSpaceOptionsT",
    "SPACE_TO_DEPTH": "SpaceToDepthOptionsT",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptionsT",
    "RESIZE_BILINEAR": "ResizeBilinearOptionsT",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptionsT",
    "SVDF": "SVDFOptionsT",
    "BATCH_MATMUL": "BatchMatMulOptionsT",
    "TRANSPOSE_CONV": "TransposeConvOptionsT",
    "VAR_HANDLE": "VarHandleOptionsT",
    "CALL_ONCE": "CallOnceOptionsT",
    "L2_NORMALIZATION": "L2NormOptionsT",
}
"""The schema's tables of the options that the rules read."""
MOST_BYTES = 1 << 27
"""Of a tensor: no microcontroller has so much, and kernels count in int32."""
OPERANDS: Mapping[str, type[np.generic]] = {
    **dict.fromkeys(("BOOL", "INT8", "UINT8"), np.int8),
    "INT16": np.int16,
    "INT32": np.int32,
}
"""Types of the constants that kernels read next to an input, and as which C has them."""
MOST_LEFT_SHIFT = 30
"""Of a multiplier: ``eb_scaled`` shifts an int32."""


class OpReader:
    """An op of a model: its tensors, options and constants; refuses in the op's name.

    ``folded`` has the values of activations that are the same in every inference, by tensor.
    ``variables`` are what the model keeps between inferences, of all its ops. ``is_unsigned`` where
    the file's op is one of uint8, of which int8 was made.
    """

    def __init__(
        self,
        model: Model,
        table: Any,
        index: int,
        folded: Mapping[int, NDArray[Any]] = MappingProxyType({}),
        *,
        variables: Variables | None = None,
        is_unsigned: bool = False,
    ) -> None:
        self.model = model
        self.op = model.facts.ops[index]
        self._table = table
        self._folded = folded
        self.variables = variables or Variables(table)
        self.is_unsigned = is_unsigned
        self.tensors = model.facts.tensors
        self.constants: dict[int, NDArray[Any]] = {}
        self.options = self._options(table.subgraphs[0].operators[index].builtinOptions)
        for number in (*self.op.inputs, *self.op.outputs):
            tensor = self.tensors[number]
            if min(tensor.shape, default=1) < 1:
                raise self.refuse(f"`{tensor.name}` has no values")
            if tensor.size_bytes > MOST_BYTES:
                raise self.refuse(f"`{tensor.name}` has {tensor.size_bytes:,} bytes")

    def _options(self, options: Any) -> Any:
        wanted = OPTIONS.get(self.op.name)
        if options is None and self.op.name in DEFAULT_OPTIONS:
            return getattr(schema(), DEFAULT_OPTIONS[self.op.name])()
        if wanted is not None and type(options).__name__ != wanted:
            raise self.refuse("its options are missing, or another op's")
        return options

    def refuse(self, why: str, advice: str = "") -> OpRefused:
        """Return the error that says which op can't be compiled, and why."""
        return OpRefused(
            self.model.label,
            self.op.index,
            name_of(self.op),
            why,
            advice or "the firmware's kernels don't have that",
        )

    @property
    def places(self) -> tuple[int, ...]:
        """The tensors of all inputs; -1 for an optional one that is not there."""
        listed = self._table.subgraphs[0].operators[self.op.index].inputs
        present = iter(self.op.inputs)
        return tuple(next(present) if int(each) >= 0 else -1 for each in listed)

    def with_inputs(self, *numbers: int) -> OpReader:
        """Return the op with some inputs in another order; those that it has not are left out."""
        found = copy.copy(self)
        inputs = tuple(self.op.inputs[each] for each in numbers if self.has_input(each))
        found.op = dataclasses.replace(self.op, inputs=inputs)
        return found

    def input(self, number: int) -> Tensor:
        """Return an input's tensor."""
        if not self.has_input(number):
            raise self.refuse(f"it has {len(self.op.inputs)} inputs and needs more")
        return self.tensors[self.op.inputs[number]]

    @property
    def output(self) -> Tensor:
        """The first output's tensor."""
        if not self.op.outputs:
            raise self.refuse("it has no output")
        return self.tensors[self.op.outputs[0]]

    def shape(self, tensor: Tensor, rank: int | None = None) -> tuple[int, ...]:
        """Return a tensor's shape, of a rank; None stands for any but a scalar's."""
        if len(tensor.shape) != rank if rank is not None else not tensor.shape:
            raise self.refuse(f"`{tensor.name}` has the shape {list(tensor.shape)}")
        return tensor.shape

    def axis(self, number: int, rank: int) -> int:
        """Return an axis from 0 on; a negative one counts from the last."""
        if not -rank <= number < rank:
            raise self.refuse(f"axis {number} of {rank}")
        return number % rank

    def has_input(self, number: int) -> bool:
        """Whether an optional input is there."""
        return len(self.op.inputs) > number

    def output_at(self, number: int) -> Tensor:
        """Return an output's tensor of an op that has several."""
        if len(self.op.outputs) <= number:
            raise self.refuse(f"it has {len(self.op.outputs)} outputs and needs more")
        return self.tensors[self.op.outputs[number]]

    def quantized(self, tensor: Tensor, *types: str) -> tuple[float, int]:
        """Return the scale and the zero point of a tensor of one of these types."""
        if tensor.type_name not in types or tensor.quantization is None:
            raise self.refuse(
                f"`{tensor.name}` is {tensor.type_name}",
                f"the firmware computes with int8: {int8_advice(self.model)}",
            )
        scale, zero_point = tensor.quantization.scales[0], tensor.quantization.zero_points[0]
        low, high = LIMITS[tensor.type_name]
        if not low <= zero_point <= high:
            raise self.refuse(f"`{tensor.name}` has the zero point {zero_point}")
        if not scale and tensor.index in self.op.outputs:  # as only a constant's may be
            raise self.refuse(f"its output `{tensor.name}` has the scale 0")
        return scale, zero_point

    def int8(self, tensor: Tensor) -> tuple[float, int]:
        """Return the scale and the zero point of an int8 activation."""
        return self.quantized(tensor, "INT8")

    def activation(self, tensor: Tensor) -> tuple[float, int]:
        """Return the scale and the zero point of an activation of the output's type.

        That is int8, or int16 with a zero point of 0.
        """
        scale, zero_point = self.quantized(tensor, "INT8", "INT16")
        if tensor.type_name != self.output.type_name:
            raise self.refuse(
                f"`{tensor.name}` is {tensor.type_name}, its output {self.output.type_name}"
            )
        if tensor.type_name == "INT16" and zero_point:
            raise self.refuse(f"`{tensor.name}` is INT16 with the zero point {zero_point}")
        return scale, zero_point

    @property
    def is_wide(self) -> bool:
        """Whether the output is int16."""
        return self.output.type_name == "INT16"

    def multiplier(self, factor: float) -> Multiplier:
        """Return a factor as a multiplier that C can apply."""
        found = multiplier_of(factor) if isfinite(factor) and factor >= 0 else None
        if found is None or found.shift > MOST_LEFT_SHIFT:
            raise self.refuse(f"scales that make an output {factor:.3g} times a sum")
        return found

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether the tensor's values are known: the file holds them, or they were computed."""
        return tensor.index in self._folded or self._data(tensor) is not None

    def _data(self, tensor: Tensor) -> Any:
        if tensor.index >= len(self._table.subgraphs[0].tensors):
            return None  # one that was added to the file's
        data = self._table.buffers[self._table.subgraphs[0].tensors[tensor.index].buffer].data
        return data if data is not None and len(data) else None

    def constant(self, tensor: Tensor, dtype: type[np.generic]) -> NDArray[Any]:
        """Return the values of a tensor that must be known, in its shape."""
        if tensor.index in self._folded:
            known = self._folded[tensor.index]
            if known.dtype != np.dtype(dtype):
                raise self.refuse(f"`{tensor.name}` is {known.dtype}")
            return known
        data = self._data(tensor)
        if data is None:
            raise self.refuse(f"`{tensor.name}` is no constant")
        raw = np.asarray(data, np.uint8).tobytes()
        if len(raw) != tensor.elements * np.dtype(dtype).itemsize:
            raise self.refuse(f"`{tensor.name}` has {len(raw)} bytes of data")
        return np.frombuffer(raw, dtype).reshape(tensor.shape)

    def integers(self, tensor: Tensor) -> list[int]:
        """Return the values of a constant of whole numbers: axes, paddings, a permutation."""
        types: dict[str, type[np.generic]] = {"INT32": np.int32, "INT64": np.int64}
        if tensor.type_name not in types:
            raise self.refuse(f"`{tensor.name}` is {tensor.type_name}")
        return [int(each) for each in self.constant(tensor, types[tensor.type_name]).ravel()]

    def operand(self, number: int) -> int:
        """Return the tensor that a layer reads as an input; a constant is kept for C."""
        tensor = self.input(number)
        self.keep_constant(tensor)
        return tensor.index

    def keep_constant(self, tensor: Tensor) -> None:
        """Keep a tensor for C if it is a constant."""
        if self.is_constant(tensor):
            if tensor.type_name not in OPERANDS:
                raise self.refuse(
                    f"`{tensor.name}` is a constant of {tensor.type_name}",
                    f"a constant next to an input is of {', '.join(OPERANDS)}",
                )
            stored = OPERANDS[tensor.type_name]
            self.constants[tensor.index] = self.constant(tensor, stored)

    def check_output(self, *shape: int, output: Tensor | None = None) -> None:
        """Refuse an op whose output in the file, the first by default, is not what it computes."""
        output = output or self.output
        if prod(shape) != output.elements:
            raise self.refuse(
                f"it computes {' x '.join(map(str, shape))} values and its output is said to have "
                f"{output.elements}"
            )

    def range(self, output: Tensor) -> Range:
        """Return what the op's fused activation lets through."""
        number = self.options.fusedActivationFunction
        name = names_of("ActivationFunctionType").get(number)
        if name not in ACTIVATION_LIMITS:
            raise self.refuse(f"the activation {name or number}")
        scale, zero_point = self.quantized(output, *LIMITS)
        return Range(*activation_range(name, scale, zero_point, output.type_name))

    def image(self, tensor: Tensor) -> Shape:
        """Return the shape of a 4-dimensional activation of one sample."""
        batch, height, width, channels = self.shape(tensor, 4)
        if batch != 1:
            raise self.refuse(f"`{tensor.name}` has the shape {list(tensor.shape)}")
        return Shape(height, width, channels)

    def images(self) -> tuple[Shape, Shape, int]:
        """Return the shapes of the op's input and output for one sample, and how many there are."""
        before, after = self.shape(self.input(0), 4), self.shape(self.output, 4)
        if before[0] != after[0]:
            raise self.refuse(f"{before[0]} samples, and {after[0]} in its output")
        return Shape(*before[1:]), Shape(*after[1:]), before[0]

    def window(self, height: int, width: int, source: Shape, output: Shape) -> Window:
        """Return the op's window with its padding."""
        options = self.options
        dilation_h = getattr(options, "dilationHFactor", 1)
        dilation_w = getattr(options, "dilationWFactor", 1)
        padding = names_of("Padding").get(options.padding)
        if padding is None:
            raise self.refuse(f"the padding {options.padding}")
        is_same = padding == "SAME"
        for size, out, stride, taps, dilation in (
            (source.height, output.height, options.strideH, height, dilation_h),
            (source.width, output.width, options.strideW, width, dilation_w),
        ):
            reach = 0 if is_same else (taps - 1) * dilation
            if min(stride, taps, dilation) < 1 or out != -(-(size - reach) // stride):
                raise self.refuse(f"a window of {taps} on {size} does not give {out}")

        def before(size: int, out: int, stride: int, taps: int, dilation: int) -> int:
            needed = (out - 1) * stride + (taps - 1) * dilation + 1
            return max(needed - size, 0) // 2 if is_same else 0

        stride_h, stride_w = options.strideH, options.strideW
        return Window(
            height,
            width,
            stride_h,
            stride_w,
            dilation_h,
            dilation_w,
            before(source.height, output.height, stride_h, height, dilation_h),
            before(source.width, output.width, stride_w, width, dilation_w),
        )
