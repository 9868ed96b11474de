"""JSON's own types back into dataclasses, as their annotations say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")


def built(kind: type[Kind], values: Any) -> Kind:
    """Return a dataclass with its fields, and theirs, from what `dataclasses.asdict` made of it.

    Numbers and texts are taken as they are.

    Raises
    ------
    TypeError
        If a key is missing or unknown, or there is no object or list where there must be one.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{kind.__name__} is no object but {type(values).__name__}")
    plain: type = kind
    hints = _hints(plain)
    return kind(**{name: _value(hints.get(name), each) for name, each in values.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin is UnionType:
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return None if value is None else _value(kind, value)
    if origin in (tuple, list):
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        return origin(_value(get_args(kind)[0], each) for each in value)
    return built(kind, value) if isinstance(kind, type) and is_dataclass(kind) else value
