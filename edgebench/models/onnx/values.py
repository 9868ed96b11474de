"""The values of an ONNX graph as tensors: types, shapes and quantization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from edgebench.errors import ModelInvalid
from edgebench.models.onnx.package import reader
from edgebench.models.tflite.shapes import FREE, MOST_DIMENSION, Shape
from edgebench.models.tflite.tensors import DTYPES, Quantization, Tensor

OTHER_NAMES = {"FLOAT": "FLOAT32", "DOUBLE": "FLOAT64"}
"""What ONNX calls otherwise than the types that a `Tensor` has."""
UNKNOWN = "UNKNOWN"
QUANTIZED_INPUTS: Mapping[str, Sequence[int]] = {
    "DequantizeLinear": (0, 1, 2),
    "QLinearConv": (0, 1, 2),
    "QLinearMatMul": (0, 1, 2),
}
"""Ops that read a quantized value: the places of it, its scale and its zero point."""
QUANTIZED_OUTPUTS: Mapping[str, Sequence[int]] = {
    "QuantizeLinear": (1, 2),
    "QLinearConv": (6, 7),
    "QLinearMatMul": (6, 7),
}
"""Ops that make one: the places of its scale and its zero point."""


def type_name(number: int) -> str:
    """Return the name of an element type, as `Tensor` has it."""
    types = reader().TensorProto.DataType
    if number not in types.values():
        return UNKNOWN
    name: str = types.Name(number)
    return OTHER_NAMES.get(name, name)


def signature_of(value: Any) -> Shape | None:
    """Return a value's shape with `FREE` where its size is open; None if its rank is open."""
    if value.type.WhichOneof("value") != "tensor_type":
        return None
    of = value.type.tensor_type
    if not of.HasField("shape"):
        return None
    return tuple(
        each.dim_value
        if each.WhichOneof("value") == "dim_value" and 0 <= each.dim_value <= MOST_DIMENSION
        else FREE
        for each in of.shape.dim
    )


def activation(index: int, value: Any, quantization: Quantization | None = None) -> Tensor:
    """Return a value that is computed, or given from outside, as a tensor."""
    signature = signature_of(value) or ()
    return Tensor(
        index=index,
        name=value.name,
        shape=tuple(1 if size == FREE else size for size in signature),
        shape_signature=signature,
        type_name=type_name(value.type.tensor_type.elem_type),
        quantization=quantization,
    )


def unknown(index: int, name: str) -> Tensor:
    """Return a value of which the file says nothing as a tensor."""
    return Tensor(index, name, (), (), UNKNOWN, None)


def constant(index: int, initializer: Any, where: str) -> Tensor:
    """Return a constant of the file as a tensor.

    Raises
    ------
    ModelInvalid
        If a dimension is below 0.
    """
    shape = tuple(initializer.dims)
    if any(size < 0 for size in shape):
        raise ModelInvalid(
            f"{where}: the model is damaged: the constant `{initializer.name}` has a size below 0"
        )
    made = Tensor(index, initializer.name, shape, shape, type_name(initializer.data_type), None)
    # At least 1: what is 0 is an activation.
    size_bytes = max(1, made.size_bytes or prod(shape))
    return Tensor(
        index, initializer.name, shape, shape, made.type_name, None, constant_bytes=size_bytes
    )


def quantization_of(
    scale: Any | None, zero_point: Any | None, type_name: str
) -> Quantization | None:
    """Return a scale and a zero point that are constants, of one value each; else None."""
    if scale is None or type_name not in DTYPES or type_name.startswith("FLOAT"):
        return None
    to_array = reader().numpy_helper.to_array
    try:
        scales = to_array(scale).ravel()
        zeros = None if zero_point is None else to_array(zero_point).ravel()
    except (ValueError, TypeError, KeyError):  # damaged, or in another file
        return None
    if scales.size != 1 or not 0 < float(scales[0]) < float("inf"):
        return None
    if zeros is not None and zeros.size != 1:
        return None
    return Quantization((float(scales[0]),), (0 if zeros is None else int(zeros[0]),))
