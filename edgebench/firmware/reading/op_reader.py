"""What the rules in ``ops/`` read an op from."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.call_text import call_text
from edgebench.errors import ModelNotSupported
from edgebench.firmware.fixed_point import ACTIVATION_LIMITS, LIMITS, activation_range
from edgebench.firmware.layers import Range, Shape, Window
from edgebench.models.resolve import Model
from edgebench.models.tflite.schema import names_of, schema
from edgebench.models.tflite.tensors import Tensor

OPTIONS = {
    "ADD": "Add",
    "MUL": "Mul",
    "CONCATENATION": "Concatenation",
    "SOFTMAX": "Softmax",
    "STRIDED_SLICE": "StridedSlice",
}
"""Ops that may come without options: the runtimes then take the schema's defaults."""


class OpReader:
    """An op of a model: its tensors, options and constants; refuses in the op's name."""

    def __init__(self, model: Model, table: Any, index: int) -> None:
        self.model = model
        self.op = model.facts.ops[index]
        self._table = table
        self.options = table.subgraphs[0].operators[index].builtinOptions
        if self.options is None and self.op.name in OPTIONS:
            self.options = getattr(schema(), f"{OPTIONS[self.op.name]}OptionsT")()
        self.tensors = model.facts.tensors
        self.constants: dict[int, NDArray[Any]] = {}

    def refuse(self, why: str, advice: str = "") -> ModelNotSupported:
        """Return the error that says which op can't be compiled, and why."""
        return ModelNotSupported(
            f"{self.model.label}: op {self.op.index}, {self.op.custom or self.op.name}: {why}; "
            + (advice or "the firmware's kernels don't have that")
        )

    def input(self, number: int) -> Tensor:
        """Return an input's tensor."""
        return self.tensors[self.op.inputs[number]]

    @property
    def output(self) -> Tensor:
        """The first output's tensor."""
        return self.tensors[self.op.outputs[0]]

    def has_input(self, number: int) -> bool:
        """Whether an optional input is there."""
        return len(self.op.inputs) > number and self.op.inputs[number] >= 0

    def quantized(self, tensor: Tensor, *types: str) -> tuple[float, int]:
        """Return the scale and the zero point of a tensor of one of these types."""
        if tensor.type_name not in types or tensor.quantization is None:
            raise self.refuse(
                f"`{tensor.name}` is {tensor.type_name}",
                "the firmware computes with int8: "
                + call_text("quantize", self.model.label, recipes=["int8"]),
            )
        return tensor.quantization.scales[0], tensor.quantization.zero_points[0]

    def int8(self, tensor: Tensor) -> tuple[float, int]:
        """Return the scale and the zero point of an int8 activation."""
        return self.quantized(tensor, "INT8")

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether the file holds the tensor's values."""
        return self._data(tensor) is not None

    def _data(self, tensor: Tensor) -> Any:
        data = self._table.buffers[self._table.subgraphs[0].tensors[tensor.index].buffer].data
        return data if data is not None and len(data) else None

    def constant(self, tensor: Tensor, dtype: type[np.generic]) -> NDArray[Any]:
        """Return the values of a tensor that the file must hold, in its shape."""
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
        if self.is_constant(tensor):
            self.constants[tensor.index] = self.constant(tensor, np.int8)
        return tensor.index

    def check_output(self, *shape: int) -> None:
        """Refuse an op whose output in the file is not what it computes."""
        if prod(shape) != self.output.elements:
            raise self.refuse(
                f"it computes {' x '.join(map(str, shape))} values and its output is said to have "
                f"{self.output.elements}"
            )

    def range(self, output: Tensor) -> Range:
        """Return what the op's fused activation lets through."""
        name = names_of("ActivationFunctionType")[self.options.fusedActivationFunction]
        if name not in ACTIVATION_LIMITS:
            raise self.refuse(f"the activation {name}")
        scale, zero_point = self.quantized(output, *LIMITS)
        return Range(*activation_range(name, scale, zero_point, output.type_name))

    def image(self, tensor: Tensor) -> Shape:
        """Return the shape of a 4-dimensional activation of one sample."""
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            raise self.refuse(f"`{tensor.name}` has the shape {list(tensor.shape)}")
        return Shape(*tensor.shape[1:])

    def window(self, height: int, width: int, source: Shape, output: Shape) -> Window:
        """Return the op's window with its padding."""
        options = self.options
        dilation_h = getattr(options, "dilationHFactor", 1)
        dilation_w = getattr(options, "dilationWFactor", 1)
        is_same = names_of("Padding")[options.padding] == "SAME"
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
