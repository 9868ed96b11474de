"""Read the state of a model: resource variables, and the memory of recurrent layers.

A variable is known by its name; each op has a handle to it. What it holds first is what the graph
that CALL_ONCE runs assigns to it, else real zeros, as in TensorFlow Lite Micro.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.recurrent_layers import State
from edgebench.models.tflite.flatbuffer.schema import names_of
from edgebench.models.tflite.tensors import Tensor

if TYPE_CHECKING:
    from edgebench.firmware.reading.op_reader import OpReader

Bytes = NDArray[np.int8]
INITIALIZES = frozenset({"VAR_HANDLE", "ASSIGN_VARIABLE"})
"""The ops of a graph that CALL_ONCE may run."""
MOVED = np.int8(-128)
"""Turns a stored uint8 into an int8, by an exclusive or."""
MOST_STATE_BYTES = 1 << 27
"""Of all that is kept: far above any device, and far below what a host has."""


class Variables:
    """The variables of a model that is read op by op."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._places: dict[str, int] = {}
        self._first: dict[str, tuple[str, Bytes]] = {}
        self._names: dict[int, str] = {}
        self._tensors: dict[int, Tensor] = {}
        self._states: dict[int, Bytes] = {}
        self._kept: dict[int, tuple[Tensor, np.dtype[Any]]] = {}

    @property
    def tensors(self) -> Mapping[int, Tensor]:
        """The contents of each variable, by the number of its tensor."""
        return self._tensors

    @property
    def states(self) -> tuple[State, ...]:
        """All states, in the order in which the ops name them."""
        return tuple(State(number, first) for number, first in self._states.items())

    @property
    def numbers(self) -> frozenset[int]:
        """The tensors that are kept."""
        return frozenset(self._states)

    def name_handle(self, handle: int, options: Any) -> None:
        """Take a VAR_HANDLE's output for the variable that its options name."""
        name = _name(options)
        self._names[handle] = name
        self._places.setdefault(name, handle)

    def place(self, read: OpReader, handle: Tensor, value: Tensor) -> int:
        """Return the tensor of the variable of a handle, which holds what `value` is like.

        Raises
        ------
        ModelNotSupported
            If the handle is none, or the variable holds something else.
        """
        name = self._names.get(handle.index)
        if name is None:
            raise read.refuse(f"`{handle.name}` is no handle of a variable")
        place = self._places[name]
        if place in self._kept:
            raise read.refuse(f"the variable `{name}` is the state of a recurrent layer")
        if place not in self._tensors:
            self._check_room(read, value.size_bytes)
            self._tensors[place] = dataclasses.replace(value, index=place, name=name)
            self._states[place] = self._initial(read, name, value)
        known = self._tensors[place]
        if (known.shape, known.type_name) != (value.shape, value.type_name):
            raise read.refuse(f"the variable `{name}` holds several shapes or types")
        if known.quantization != value.quantization:
            raise read.refuse(f"the variable `{name}` holds values of different scales")
        return place

    def keep(self, read: OpReader, tensor: Tensor, stored: type[np.generic] | None = None) -> int:
        """Keep a recurrent layer's state, which begins with real zeros, as numbers of a type.

        Raises
        ------
        ModelNotSupported
            If it is kept already as something else.
        """
        number, dtype = tensor.index, np.dtype(stored or tensor.dtype)
        if number in self._tensors:
            raise read.refuse(f"its state `{tensor.name}` is the handle of a variable")
        if number not in self._kept:
            self._check_room(read, tensor.elements * dtype.itemsize)
            zeros = _zeros(read, tensor).view(tensor.dtype).astype(dtype)
            self._kept[number], self._states[number] = (tensor, dtype), zeros.view(np.int8)
        if self._kept[number][1] != dtype:
            raise read.refuse(f"its state `{tensor.name}` is kept as several types")
        return number

    @property
    def widened(self) -> Mapping[int, Tensor]:
        """The states that are kept as another type than the file's, by number."""
        return {
            number: tensor
            for number, (tensor, dtype) in self._kept.items()
            if dtype != tensor.dtype
        }

    def initialize(self, read: OpReader, subgraph: int) -> None:
        """Take what a graph assigns for what the variables hold first.

        Raises
        ------
        ModelNotSupported
            If the graph does anything else, or assigns what is no constant.
        """
        graphs = self._table.subgraphs
        if not 0 < subgraph < len(graphs):
            raise read.refuse(f"it runs subgraph {subgraph} of {len(graphs)}")
        if self._states:
            raise read.refuse("variables are read or written before it")
        graph, handles = graphs[subgraph], {}
        for op in graph.operators if graph.operators is not None else ():
            name = self._called(read, op)
            if name not in INITIALIZES:
                raise read.refuse(f"it runs {name}, and not only assignments of constants")
            try:
                if name == "VAR_HANDLE":
                    handles[int(op.outputs[0])] = _name(op.builtinOptions)
                    continue
                place, source = map(int, op.inputs[:2])
                if source < 0:  # counted from the last one, if it were looked up
                    raise IndexError(source)
                variable, tensor = handles[place], graph.tensors[source]
                data = self._table.buffers[tensor.buffer].data
            # Another tool's graph: an op may lack inputs, options or a tensor.
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                raise read.refuse("it assigns to what is no variable") from None
            if data is None or not len(data):
                raise read.refuse(f"it assigns what is no constant to `{variable}`")
            stored = np.asarray(data, np.uint8).view(np.int8).copy()
            self._first[variable] = (names_of("TensorType").get(tensor.type, ""), stored)

    def _check_room(self, read: OpReader, size_bytes: int) -> None:
        """Refuse one more state where all would take the host's memory."""
        if size_bytes + sum(each.nbytes for each in self._states.values()) > MOST_STATE_BYTES:
            raise read.refuse(f"more than {MOST_STATE_BYTES:,} bytes are kept between inferences")

    def _called(self, read: OpReader, op: Any) -> str:
        """Return the name of an op of a graph that CALL_ONCE runs."""
        codes = self._table.operatorCodes
        if not 0 <= op.opcodeIndex < len(codes):
            raise read.refuse(f"it runs op code {op.opcodeIndex} of {len(codes)}")
        return _op_name(codes[op.opcodeIndex])

    def _initial(self, read: OpReader, name: str, value: Tensor) -> Bytes:
        if name not in self._first:
            return _zeros(read, value)
        type_name, stored = self._first[name]
        if (type_name, value.type_name) == ("UINT8", "INT8"):
            stored, type_name = stored ^ MOVED, "INT8"
        if type_name != value.type_name or len(stored) != value.size_bytes:
            raise read.refuse(f"`{name}` first holds {len(stored)} bytes of {type_name}")
        return stored


def _zeros(read: OpReader, tensor: Tensor) -> Bytes:
    """Return the bytes of a tensor's real zeros."""
    zero = tensor.quantization.zero_points[0] if tensor.quantization is not None else 0
    if tensor.dtype.kind not in "iu":
        zero = 0
    elif not np.iinfo(tensor.dtype.name).min <= zero <= np.iinfo(tensor.dtype.name).max:
        raise read.refuse(f"`{tensor.name}` has the zero point {zero}")
    return np.full(tensor.elements, zero, tensor.dtype).view(np.int8)


def _name(options: Any) -> str:
    parts = (getattr(options, field, None) for field in ("container", "sharedName"))
    return "/".join((each or b"").decode("utf-8", "replace") for each in parts)


def _op_name(code: Any) -> str:
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return names_of("BuiltinOperator").get(number, str(number))
