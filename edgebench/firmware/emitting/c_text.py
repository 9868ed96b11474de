"""Values as C99: arrays and initializers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.fixed_point import Multiplier

PER_LINE = 16
TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
}


def array(name: str, values: NDArray[Any], names: CNames, *, is_static: bool = True) -> str:
    """Return a constant array's definition; kernels may read whole words of it."""
    form = "UINT64_C({})" if values.dtype == np.uint64 else "{}"
    is_real = values.dtype.kind == "f"
    flat = values.reshape(-1)
    numbers = [real(each) if is_real else form.format(int(each)) for each in flat]
    lines = [
        ", ".join(numbers[start : start + PER_LINE]) for start in range(0, len(numbers), PER_LINE)
    ]
    body = ",\n    ".join(lines)
    return (
        f"{names.kernels.upper()}ALIGNED_4 {'static ' * is_static}const "
        f"{TYPES[values.dtype.name]} {name}[{len(numbers)}] = {{\n    {body}}};\n"
    )


def is_rows(value: Any) -> bool:
    """Whether a value becomes an array of structs."""
    return (
        isinstance(value, tuple)
        and bool(value)
        and is_dataclass(value[0])
        and not isinstance(value[0], Multiplier)
    )


def rows(struct: str, name: str, values: Iterable[Any]) -> str:
    """Return an array of small structs, such as a layer's scales."""
    each = [
        f"{{{', '.join(_number(getattr(row, f.name)) for f in fields(row))}}}" for row in values
    ]
    body = ",\n    ".join(each)
    return f"static const struct {struct} {name}[{len(each)}] = {{\n    {body}}};\n"


def _number(value: float) -> str:
    return real(value) if isinstance(value, float) else str(value)


def initializer(value: Any, name: str) -> str:
    """Return a dataclass as a C initializer.

    Arrays are referred to by the layer's name and the field's; a `Multiplier` becomes a value
    and a shift.
    """
    parts: list[str] = []
    for field in fields(value):
        parts += _parts(field.name, getattr(value, field.name), name)
    separator = ",\n    " if any("{" in part for part in parts) else ", "
    return "{" + separator.join(parts) + "}"


def _parts(field: str, value: Any, name: str) -> Iterable[str]:
    if value is None:
        yield f".{field} = NULL"
    elif isinstance(value, np.ndarray) or is_rows(value):
        yield f".{field} = {name}_{field}"
    elif isinstance(value, Multiplier):
        yield f".{field} = {value.value}"
        yield f".{field.replace('multiplier', 'shift')} = {value.shift}"
    elif isinstance(value, tuple) and isinstance(value[0], Multiplier):
        yield f".{field} = {{{', '.join(str(each.value) for each in value)}}}"
        yield f".shifts = {{{', '.join(str(each.shift) for each in value)}}}"
    elif isinstance(value, tuple):
        yield f".{field} = {{{', '.join(map(str, value))}}}"
    elif isinstance(value, bool):
        yield f".{field} = {str(value).lower()}"
    elif isinstance(value, float):
        yield f".{field} = {real(value)}"
    elif is_dataclass(value) and not isinstance(value, type):
        yield f".{field} = {initializer(value, name)}"
    else:
        yield f".{field} = {value}"


def real(value: float) -> str:
    """Return a float literal."""
    text = repr(float(np.float32(value)))
    return f"{text if any(c in text for c in '.en') else text + '.0'}F"
