"""Compute what is the same in every inference: shape arithmetic, and constants that are moved.

A converter leaves SHAPE, STRIDED_SLICE, PACK and the like in front of a RESHAPE whose sizes the
file knows. Such an op becomes a value, not a layer. Only ops that copy values, and arithmetic of
whole numbers, are computed here; what rounds is left to the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.reading.op_reader import OpReader
from edgebench.models.tflite.tensors import Tensor

WHOLE = ("INT32", "INT64")
COPIED = (*WHOLE, "INT8", "UINT8", "INT16", "FLOAT32", "BOOL")
Values = NDArray[Any]
MOST_VALUES = 1 << 22
"""Of all folded tensors of a model: an output's shape is a file's claim."""


def folded(read: OpReader, most_values: int = MOST_VALUES) -> Values | None:
    """Return the value of an op's output if it is the same in every inference.

    An output of more than ``most_values`` is left to the kernels.

    Raises
    ------
    ModelNotSupported
        If the op makes no sense, or its value is not of the shape that the file says.
    """
    rule = _RULES.get(read.op.name)
    if rule is None or len(read.op.outputs) != 1 or read.output.elements > most_values:
        return None
    found = rule(read)
    if found is None:
        return None
    output = read.output
    if found.size != output.elements:
        raise read.refuse(
            f"it computes {found.size} values and its output is said to have {output.elements}"
        )
    return np.array(found, dtype=output.dtype, order="C").reshape(output.shape)


def _known(read: OpReader, types: tuple[str, ...] = COPIED) -> list[Values] | None:
    """Return the values of all inputs, if they and the output are of these types."""
    tensors = [read.input(number) for number in range(len(read.op.inputs))]
    if not tensors or read.output.type_name not in types:
        return None
    if any(each.type_name not in types or not read.is_constant(each) for each in tensors):
        return None
    return [read.constant(each, each.dtype.type) for each in tensors]


def _same_numbers(read: OpReader, source: Tensor) -> bool:
    """Whether a value's bytes mean the same in the output."""
    output = read.output
    return source.type_name == output.type_name and source.quantization == output.quantization


def _shape(read: OpReader) -> Values | None:
    if read.output.type_name not in WHOLE:
        return None
    return np.array(read.input(0).shape)


def _broadcast(read: OpReader) -> Values | None:
    known = _known(read, WHOLE)
    if known is None or len(known) != 2:
        return None
    try:
        return np.array(np.broadcast_shapes(*(tuple(map(int, each.ravel())) for each in known)))
    except ValueError:
        raise read.refuse("shapes that don't fit") from None


def _zeros(read: OpReader) -> Values | None:
    return np.zeros(read.output.shape) if read.output.type_name in COPIED else None


def _copy(compute: Callable[[OpReader, list[Values]], Values]) -> Callable[[OpReader], Any]:
    """Make a rule of a function of known values; what it can't compute is left to the kernels."""

    def rule(read: OpReader) -> Values | None:
        known = _known(read)
        if known is None or not _same_numbers(read, read.input(_DATA.get(read.op.name, 0))):
            return None
        try:
            return compute(read, known)
        except (ValueError, IndexError, TypeError, MemoryError) as error:  # numpy's
            raise read.refuse(f"its constants make no sense ({error})") from None

    return rule


def _arithmetic(function: Callable[[Values, Values], Values]) -> Callable[[OpReader], Any]:
    def rule(read: OpReader) -> Values | None:
        known = _known(read, WHOLE)
        if known is None or len(known) != 2:
            return None
        if getattr(read.options, "fusedActivationFunction", 0):
            return None
        try:
            shape = np.broadcast_shapes(known[0].shape, known[1].shape)
        except ValueError:
            raise read.refuse("inputs of shapes that don't fit") from None
        if prod(shape) != read.output.elements:
            raise read.refuse(f"values of {list(shape)} and an output of {read.output.elements}")
        with np.errstate(over="ignore"):
            return function(known[0], known[1])

    return rule


def _slice(read: OpReader, known: list[Values]) -> Values:
    options, (values, begins, ends, strides) = read.options, known
    if options.ellipsisMask or options.newAxisMask or getattr(options, "offset", False):
        raise ValueError("an ellipsis, a new axis or an end from the begin")
    taken: list[Any] = [slice(None)] * values.ndim
    for axis, numbers in enumerate(zip(begins, ends, strides, strict=True)):
        begin, end, stride = map(int, numbers)
        bit = 1 << axis
        if options.shrinkAxisMask & bit:
            if stride < 1:
                raise ValueError(f"a stride of {stride} at a single place")
            taken[axis] = 0 if options.beginMask & bit else begin
            continue
        first = None if options.beginMask & bit else begin
        last = None if options.endMask & bit else end
        taken[axis] = slice(first, last, stride)
    return np.asarray(values[tuple(taken)])


def _pack(read: OpReader, known: list[Values]) -> Values:
    _check_size(read, sum(each.size for each in known))
    return np.stack(known, axis=read.options.axis)


def _concatenation(read: OpReader, known: list[Values]) -> Values:
    _check_size(read, sum(each.size for each in known))
    return np.concatenate(known, axis=read.options.axis)


def _fill(read: OpReader, known: list[Values]) -> Values:
    _check_size(read, prod(map(int, known[0].ravel())))
    return np.full(read.output.shape, known[1].reshape(()))


def _gather(read: OpReader, known: list[Values]) -> Values:
    if read.options.batchDims:
        raise ValueError("batch dimensions")
    axis = read.axis(read.options.axis, known[0].ndim)
    _check_size(read, known[0].size // known[0].shape[axis] * known[1].size)
    return np.take(known[0], known[1], axis=axis)


def _cast(read: OpReader) -> Values | None:
    known = _known(read, (*WHOLE, "BOOL"))
    return known[0].astype(read.output.dtype) if known else None


def _reshaped(read: OpReader, known: list[Values]) -> Values:
    return known[0]


def _tiled(read: OpReader, known: list[Values]) -> Values:
    _check_size(read, known[0].size * prod(map(int, known[1].ravel())))
    return np.tile(known[0], known[1])


def _check_size(read: OpReader, values: int) -> None:
    """Refuse what is not of its output's size before anything is made."""
    if read.output.elements != values:
        raise ValueError("another size than its output's")


_DATA: Mapping[str, int] = {"FILL": 1}
"""Which input has the values that are copied, where it is not the first."""
_RULES: Mapping[str, Callable[[OpReader], Values | None]] = {
    "SHAPE": _shape,
    "BROADCAST_ARGS": _broadcast,
    "ZEROS_LIKE": _zeros,
    "PACK": _copy(_pack),
    "STRIDED_SLICE": _copy(_slice),
    "CONCATENATION": _copy(_concatenation),
    "FILL": _copy(_fill),
    "GATHER": _copy(_gather),
    "RESHAPE": _copy(_reshaped),
    "SQUEEZE": _copy(_reshaped),
    "EXPAND_DIMS": _copy(_reshaped),
    "TRANSPOSE": _copy(lambda read, known: np.transpose(known[0], known[1])),
    "TILE": _copy(_tiled),
    "CAST": _cast,
    "ADD": _arithmetic(np.add),
    "SUB": _arithmetic(np.subtract),
    "MUL": _arithmetic(np.multiply),
    "MAXIMUM": _arithmetic(np.maximum),
    "MINIMUM": _arithmetic(np.minimum),
}
NAMES = frozenset(_RULES)
"""Of the ops that may be computed here."""
