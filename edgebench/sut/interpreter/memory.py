"""The memory of an interpreter's tensors, which samples are copied into and answers out of.

Tensors without a dimension (scalars) have no memory to look at: both runtimes give their value
only, so these are set and read by value.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgebench.models.tflite.details import Details, require_values
from edgebench.sut.host.bound import Target


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in memory."""

    address: int
    size_bytes: int


class ScalarInput:
    """An input without a dimension; see `Target`."""

    def __init__(self, interpreter: Any, detail: dict[str, Any]) -> None:
        self._set = interpreter.set_tensor
        self._index = detail["index"]
        self._dtype: np.dtype[np.generic] = np.dtype(detail["dtype"])
        self._size_bytes: int = self._dtype.itemsize

    def __len__(self) -> int:
        return self._size_bytes

    def __setitem__(self, where: slice, source: Any) -> None:
        self._set(self._index, np.frombuffer(source, self._dtype).reshape(()))


class ScalarOutput:
    """An output without a dimension: `fetch` copies its value to `bytes`, which stays in place."""

    def __init__(self, interpreter: Any, detail: dict[str, Any]) -> None:
        self._get = interpreter.get_tensor
        self._index = detail["index"]
        self._value = np.zeros(1, detail["dtype"])
        self.bytes = self._value.view(np.uint8).data

    def fetch(self) -> None:
        """Copy the value that the last invocation left."""
        self._value[0] = self._get(self._index)


def is_scalar(detail: dict[str, Any]) -> bool:
    """Say whether a tensor has no dimension."""
    return len(detail["shape"]) == 0


def targets_of(interpreter: Any, details: Details) -> tuple[Target, ...]:
    """Return where samples are copied to.

    Raises
    ------
    ModelNotSupported
        If an input has no values.
    """
    return tuple(
        ScalarInput(interpreter, detail)
        if is_scalar(detail)
        else memory_at(place_of(interpreter, detail))
        for detail in details
    )


def place_of(interpreter: Any, detail: dict[str, Any]) -> Place:
    """Return where a tensor of at least one dimension lies.

    Raises
    ------
    ModelNotSupported
        If it has no values.
    """
    require_values((detail,))
    # The view must be gone before the next invoke: the interpreter counts references.
    view = interpreter.tensor(detail["index"])()
    place = Place(view.__array_interface__["data"][0], view.nbytes)
    del view
    return place


def memory_at(place: Place) -> memoryview:
    """Return a tensor's memory as bytes that can be read and written."""
    return memoryview((ctypes.c_char * place.size_bytes).from_address(place.address)).cast("B")


class Outputs:
    """An interpreter's outputs.

    The places of its tensors are taken once: TensorFlow Lite moves them only when tensors are
    allocated again.

    Attributes
    ----------
    bytes
        Each output's, where the last invocation left them.
    fetches
        To be called after each invocation, before `bytes` are read: one per scalar.
    """

    def __init__(self, interpreter: Any, details: Details) -> None:
        self._interpreter = interpreter
        self._details = [detail for detail in details if not is_scalar(detail)]
        self._places = self._found()
        scalars = {
            detail["index"]: ScalarOutput(interpreter, detail)
            for detail in details
            if is_scalar(detail)
        }
        placed = iter(self._places)
        self.fetches = tuple(scalar.fetch for scalar in scalars.values())
        self.bytes: tuple[memoryview, ...] = tuple(
            scalars[detail["index"]].bytes if is_scalar(detail) else memory_at(next(placed))
            for detail in details
        )

    def lie_where_they_did(self) -> bool:
        """Say whether no output has moved."""
        return self._found() == self._places

    def _found(self) -> tuple[Place, ...]:
        return tuple(place_of(self._interpreter, detail) for detail in self._details)
