"""JSON Schemas (draft 2020-12) of dataclasses, as `plain_json` and run.json write them."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

_SIMPLE = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Path: "string",
}
LEFT_OUT = (bytes, bytearray, memoryview, np.ndarray)
"""Types of fields that JSON leaves out: samples and files' contents."""
SHOWN = "json_properties"
"""The attribute of a dataclass that names its properties that JSON shows after its fields."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Any, *, all_required: bool = False) -> dict[str, Any]:
    """Return the schema of a type.

    Parameters
    ----------
    all_required
        Whether fields with a default must be there, too, and numbers may be null, as NaN is.

    Raises
    ------
    TypeError
        If values of the type, or of a field's, can't be JSON.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        found: dict[str, Any] = {"type": _SIMPLE[kind]}
        if kind is float and all_required:
            found = {"type": ["number", "null"]}
    elif dataclasses.is_dataclass(kind):
        found = _object_of(kind, all_required)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        found = {"enum": [each.value for each in kind]}
    elif origin is Literal:
        found = {"enum": list(arguments)}
    elif origin in (Union, types.UnionType):
        found = {"anyOf": [schema_of(each, all_required=all_required) for each in arguments]}
    elif origin in (list, tuple, Sequence):
        found = {"type": "array"} | _items(arguments, all_required)
    elif origin in (dict, Mapping):
        found = {"type": "object"}
        if arguments[1] is not Any:
            values = schema_of(arguments[1], all_required=all_required)
            found["additionalProperties"] = values
    elif kind is Any:
        found = {}
    else:
        raise TypeError(f"JSON can't have a {kind}")
    return found


def _items(arguments: tuple[Any, ...], all_required: bool) -> dict[str, Any]:
    """Return the schema of a list's items; of a tuple of a fixed length each has its own."""
    if len(arguments) == 1 or arguments[1:] == (...,):
        return {"items": schema_of(arguments[0], all_required=all_required)}
    each = [schema_of(argument, all_required=all_required) for argument in arguments]
    return {"prefixItems": each, "minItems": len(each), "maxItems": len(each)}


def _object_of(kind: Any, all_required: bool) -> dict[str, Any]:
    hints = get_type_hints(kind)
    fields = [field for field in dataclasses.fields(kind) if not is_left_out(hints[field.name])]
    # In a file, one that has a default may be absent: it came with a later version of the format.
    needed = [field.name for field in fields if all_required or not _has_default(field)]
    kinds = {field.name: hints[field.name] for field in fields}
    for name in getattr(kind, SHOWN, ()):
        kinds[name] = get_type_hints(getattr(kind, name).fget)["return"]
        needed.append(name)
    return {
        "type": "object",
        "properties": {
            name: schema_of(each, all_required=all_required) for name, each in kinds.items()
        },
        "required": needed,
        "additionalProperties": False,
    }


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def is_left_out(hint: Any) -> bool:
    """Whether fields of a type are left out: arrays, bytes, functions, or one of these or None."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(is_left_out(each) for each in get_args(hint))
    return hint in LEFT_OUT or origin in LEFT_OUT or origin in (Callable, type(Callable))


def plain_json(value: Any) -> Any:
    """Return a value of dataclasses as JSON's own types, as its schema has them.

    Raises
    ------
    TypeError
        If a part of it can't be JSON.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        fields = (each.name for each in dataclasses.fields(value))
        names = [name for name in fields if not is_left_out(hints[name])]
        return {
            name: plain_json(getattr(value, name)) for name in (*names, *getattr(value, SHOWN, ()))
        }
    for kinds, plain in _PLAIN:
        if isinstance(value, kinds):
            return plain(value)
    raise TypeError(f"JSON can't have a {type(value).__name__}")


_PLAIN: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((Mapping,), lambda value: {str(name): plain_json(each) for name, each in value.items()}),
    ((list, tuple), lambda value: [plain_json(each) for each in value]),
    ((Enum,), lambda value: value.value),
    ((Path,), str),
    ((np.generic,), lambda value: value.item()),
    ((str, int, float, type(None)), lambda value: value),
)
