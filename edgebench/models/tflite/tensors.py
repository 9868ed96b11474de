"""Facts of a tensor, and the step between real values and a model's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetMismatch, ModelNotSupported
from edgebench.models.tflite.shapes import FREE, fits, shape_text, transposition
from edgebench.text.brief import Brief

DTYPES = {
    "FLOAT32": np.float32,
    "FLOAT16": np.float16,
    "FLOAT64": np.float64,
    "INT8": np.int8,
    "UINT8": np.uint8,
    "INT16": np.int16,
    "UINT16": np.uint16,
    "INT32": np.int32,
    "UINT32": np.uint32,
    "INT64": np.int64,
    "UINT64": np.uint64,
    "BOOL": np.bool_,
}
"""numpy's types by the schema's names. INT4, STRING and such have none."""


@dataclass(frozen=True)
class Quantization:
    """real = scale * (stored - zero_point), per tensor or along one axis."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_axis(self) -> bool:
        """Whether there is a scale for each slice along the axis."""
        return len(self.scales) > 1


@dataclass(frozen=True, repr=False)
class Tensor(Brief):
    """A tensor of a model as its file describes it.

    ``shape`` is the one in the file; ``shape_signature`` has -1 where a size is free.
    ``type_name`` is the schema's, such as INT8; ``constant_bytes`` is 0 for activations.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...]
    type_name: str
    quantization: Quantization | None
    constant_bytes: int = 0
    is_variable: bool = False

    @cached_property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type.

        Raises
        ------
        ModelNotSupported
            If numpy has none for it (INT4, STRING, ...).
        """
        if self.type_name not in DTYPES:
            what = "text: it is" if self.type_name == "STRING" else "values"
            raise ModelNotSupported(
                f"tensor `{self.name}` holds {what} of type {self.type_name}, which can't be an "
                "input or output here; edgebench feeds numbers and booleans"
            )
        return np.dtype(DTYPES[self.type_name])

    @property
    def elements(self) -> int:
        """How many values it has."""
        return prod(self.shape)

    @property
    def sample_elements(self) -> int:
        """How many values one sample has."""
        return prod(self.sample_shape)

    @property
    def size_bytes(self) -> int:
        """Of its values, packed where a value is less than a byte."""
        bits = {"INT4": 4, "UINT4": 4, "INT2": 2}.get(self.type_name)
        if bits:
            return (self.elements * bits + 7) // 8
        return self.elements * (self.dtype.itemsize if self.type_name in DTYPES else 0)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample: a leading batch of 1 is dropped."""
        return self.shape[1:] if self.has_batch else self.shape

    @property
    def open_dimensions(self) -> tuple[int, ...]:
        """The dimensions that the model leaves open, but for the batch (the first of several)."""
        rank = len(self.shape_signature)
        return tuple(
            place
            for place, size in enumerate(self.shape_signature)
            if size == FREE and (place or rank == 1)
        )

    @property
    def has_batch(self) -> bool:
        """Whether the first dimension is a batch of one."""
        return len(self.shape) > 1 and self.shape[0] == 1

    def encode(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Turn one sample's real values into the tensor's own numbers.

        Quantized tensors get round(value / scale) + zero_point, halves away from zero, as
        TensorFlow Lite's QUANTIZE does, clipped to the type's range.

        Parameters
        ----------
        values
            One sample, of a shape that `edgebench.models.tflite.shapes.fits` `sample_shape`.

        Returns
        -------
        Shape `sample_shape`, dtype `dtype`, C-contiguous.

        Raises
        ------
        DatasetMismatch
            If the shape differs, or an integer tensor would get values it can't hold.
        """
        values = np.asarray(values)
        if not fits(values.shape, self.sample_shape):
            raise DatasetMismatch(self._misfit(values.shape))
        return np.ascontiguousarray(self._stored(values).reshape(self.sample_shape))

    def _misfit(self, given: tuple[int, ...]) -> str:
        wanted = self.sample_shape
        text = (
            f"the model's input `{self.name}` takes {shape_text(wanted)} = {prod(wanted)} values "
            f"a sample, the dataset gives {shape_text(given)} = {prod(given)}"
        )
        order = transposition(given, wanted)
        if order is not None:
            every = (0, *(place + 1 for place in order))
            return (
                f"{text} in another order. Transpose each sample by {order}, an array of all "
                f"samples by {every} (`numpy.transpose`)"
            )
        if prod(given) == prod(wanted):
            return f"{text} in another shape. Save the samples in the model's shape"
        return text

    def _stored(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        if self.dtype.kind == "f":
            return values.astype(self.dtype)
        if self.dtype.kind == "b":
            return values.astype(bool)
        limits = np.iinfo(self.dtype.name)
        if self.quantization is not None:
            scaled = values.astype(np.float64) / self.quantization.scales[0]
            rounded = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
            stored = rounded + self.quantization.zero_points[0]
            clipped: NDArray[np.generic] = np.clip(stored, limits.min, limits.max)
            return clipped.astype(self.dtype)
        low, high = values.min(initial=0), values.max(initial=0)
        if low < limits.min or high > limits.max:
            raise DatasetMismatch(
                f"the model's input `{self.name}` is {self.dtype.name} without quantization, "
                f"and the dataset has values from {low} to {high}"
            )
        return values.astype(self.dtype)

    def decode(self, stored: NDArray[np.generic]) -> NDArray[np.float32]:
        """Turn the tensor's own numbers into real values; shape is kept."""
        if self.quantization is None:
            return stored.astype(np.float32)
        scale, zero_point = self.quantization.scales[0], self.quantization.zero_points[0]
        return (np.float32(scale) * (stored.astype(np.float32) - zero_point)).astype(np.float32)


def decoded(tensors: Sequence[Tensor], stored: bytes) -> tuple[NDArray[np.float32], ...]:
    """Return the real values of tensors whose own numbers are one behind the other; flat."""
    values, start = [], 0
    for tensor in tensors:
        end = start + tensor.size_bytes
        values.append(tensor.decode(np.frombuffer(stored[start:end], tensor.dtype)))
        start = end
    return tuple(values)
