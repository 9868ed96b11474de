"""Match an interpreter's details of its tensors with the file's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgebench.errors import ModelNotSupported
from edgebench.models.tflite.tensors import Tensor

Details = Sequence[dict[str, Any]]
"""As `get_input_details` and `get_output_details` of a TensorFlow Lite interpreter return them."""


def in_order(details: Details, tensors: Sequence[Tensor]) -> list[dict[str, Any]]:
    """Return an interpreter's inputs or outputs in the order of a model's own."""
    by_index = {int(detail["index"]): detail for detail in details}
    return [by_index[tensor.index] for tensor in tensors]


def require_values(details: Details) -> None:
    """Check that tensors have values to look at.

    Raises
    ------
    ModelNotSupported
        If a dimension of one is 0.
    """
    for detail in details:
        shape = [int(size) for size in detail["shape"]]
        if 0 in shape:
            raise ModelNotSupported(
                f"the tensor `{detail['name']}` has the shape {shape}: edgebench needs fixed sizes "
                "above 0"
            )


def resize_inputs(interpreter: Any, inputs: Sequence[Tensor], batch: int = 1) -> None:
    """Give an interpreter's inputs the shapes that the model is measured at.

    Raises
    ------
    ModelNotSupported
        If a batch is asked for, and an input has none.
    """
    there = interpreter.get_input_details()
    for tensor, detail in zip(inputs, in_order(there, inputs), strict=True):
        shape = tensor.shape
        if batch > 1:
            if not shape or shape[0] != 1:
                raise ModelNotSupported(
                    f"a batch of {batch} needs inputs with a batch of 1 to resize; "
                    f"`{tensor.name}` has the shape {list(shape)}"
                )
            shape = (batch, *shape[1:])
        if shape != tuple(detail["shape"]):
            interpreter.resize_tensor_input(detail["index"], list(shape))
