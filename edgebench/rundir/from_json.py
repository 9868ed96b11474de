"""JSON's own types back into dataclasses, as their annotations say."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")


PLAIN: Mapping[Any, type | tuple[type, ...]] = {
    str: str,
    bool: bool,
    int: int,
    float: (int, float),
}


def built(kind: type[Kind], values: Any) -> Kind:
    """Return a dataclass with its fields, and theirs, from what `dataclasses.asdict` made of it.

    Raises
    ------
    TypeError
        If a key is missing or unknown, or its value is not of its kind; the message has its path.
    """
    _check(values, Mapping, "object")
    plain: type = kind
    hints = _hints(plain)
    missing, unknown = _required(plain) - values.keys(), values.keys() - hints.keys()
    for what, names in (("missing", missing), ("unknown", unknown)):
        if names:
            raise TypeError(f"{what}: {', '.join(sorted(names))}")
    return kind(**{name: _field(name, hints[name], each) for name, each in values.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _required(kind: type) -> frozenset[str]:
    """Return the names of the fields that have no default."""
    return frozenset(
        name
        for name, each in inspect.signature(kind).parameters.items()
        if each.default is inspect.Parameter.empty
    )


def _field(name: str, kind: Any, value: Any) -> Any:
    try:
        return _value(kind, value)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from error


def _value(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (kind,) = (each for each in arguments if each is not NoneType)
        return None if value is None else _value(kind, value)
    if origin in (tuple, list):
        _check(value, list, "list")
        return origin(_value(arguments[0], each) for each in value)
    if origin is dict:
        _check(value, Mapping, "object")
        return {name: _field(name, arguments[1], each) for name, each in value.items()}
    if kind in PLAIN:
        _check(value, PLAIN[kind], kind.__name__)
        if isinstance(value, bool) and kind is not bool:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value
    return value if kind is Any else built(kind, value)


def _check(value: Any, kind: type | tuple[type, ...], name: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.60} is no {name}")
