"""Ops that give whole numbers, or take them: ARG_MAX, ARG_MIN and CAST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from edgebench.firmware.layers import Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.wide_layers import REAL, UNSIGNED, WHOLE, Arg, Cast

NUMBERS = {
    "INT8": WHOLE,
    "UINT8": UNSIGNED,
    "INT16": WHOLE,
    "INT32": WHOLE,
    "INT64": WHOLE,
    "FLOAT32": REAL,
    "BOOL": WHOLE,
}
"""Types that a CAST takes, and but for BOOL gives."""

OF_64_BITS = {("INT64", "FLOAT32"), ("INT64", "INT64"), ("FLOAT32", "INT64")}
"""Casts that the kernel lacks: it computes in int32."""


def arg(read: OpReader) -> list[Step]:
    """Read an ARG_MAX or an ARG_MIN over any axis."""
    source, output = read.input(0), read.output
    if source.type_name not in ("INT8", "INT16"):
        raise read.refuse(f"`{source.name}` is {source.type_name}")
    if output.type_name not in ("INT32", "INT64"):
        raise read.refuse(f"`{output.name}` is {output.type_name}")
    shape = read.shape(source)
    axes = read.integers(read.input(1))
    if len(axes) != 1:
        raise read.refuse(f"{len(axes)} axes")
    axis = read.axis(axes[0], len(shape))
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    read.check_output(outer, inner)
    kind = Arg(
        outer,
        shape[axis],
        inner,
        is_least=read.op.name == "ARG_MIN",
        input_width=source.dtype.itemsize,
        output_width=output.dtype.itemsize,
    )
    return [Step("arg", kind, read.op.inputs[:1])]


def cast(read: OpReader) -> list[Step]:
    """Read a CAST of stored numbers, which it does not scale."""
    source, output = read.input(0), read.output
    read.check_output(source.elements)
    if read.is_unsigned:
        raise read.refuse("a cast of uint8 in a network that becomes one of int8")
    for tensor in (source, output):
        if tensor.type_name not in NUMBERS or output.type_name == "BOOL":
            raise read.refuse(f"it makes {output.type_name} of {source.type_name}")
    if (source.type_name, output.type_name) in OF_64_BITS:
        raise read.refuse(f"it makes {output.type_name} of {source.type_name}")
    kind = Cast(
        source.elements,
        NUMBERS[source.type_name],
        source.dtype.itemsize,
        NUMBERS[output.type_name],
        output.dtype.itemsize,
    )
    return [Step("cast", kind, read.op.inputs[:1])]


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "ARG_MAX": arg,
    "ARG_MIN": arg,
    "CAST": cast,
}
