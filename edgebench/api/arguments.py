"""Check what a public function is called with against its own annotations.

A wrong type or an unknown name is a `UsageError` that names the parameter, before anything is
opened. Numbers of numpy become Python's, and lists become tuples, so that what is kept in run.json
is made of plain values.
"""

from __future__ import annotations

import inspect
import numbers
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, ParamSpec, TypeVar, Union, get_args, get_origin

from edgebench.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")
SHOWN = 60


def public(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with its arguments checked, and its signature as it was."""
    signature = inspect.signature(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # of `bind`: it says too little
            _refuse_call(function.__name__, signature, args, kwargs)
        hints = _hints(function)
        for name, value in bound.arguments.items():
            bound.arguments[name] = _fitted_argument(name, value, hints[name])
        return function(*bound.args, **bound.kwargs)

    return checked


def given(**values: Any) -> dict[str, Any]:
    """Return the arguments that were given: those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


class _Unfit(Exception):
    """A value that does not fit: what would, the value itself, and the choices if it is one."""

    def __init__(self, expected: str, found: object, choices: tuple[str, ...] = ()) -> None:
        super().__init__(expected)
        self.expected, self.found, self.choices = expected, found, choices


def _fitted_argument(name: str, value: object, hint: Any) -> object:
    try:
        fitted = _fitted(value, hint)
    except _Unfit as unfit:
        raise _refusal(name, value, unfit) from None
    return _each_fitted(name, fitted) if isinstance(fitted, Iterator) else fitted


def _each_fitted(name: str, values: Iterator[object]) -> Iterator[object]:
    """Yield the checked values of an iterator."""
    try:
        yield from values
    except _Unfit as unfit:
        raise _refusal(name, values, unfit) from None


def _refusal(name: str, value: object, unfit: _Unfit) -> UsageError:
    """Return the error for an argument, or for an item of it, that does not fit."""
    if unfit.choices:
        return UsageError.unknown(name, unfit.found, unfit.choices)
    where = f"`{name}`" if unfit.found is value else f"each of `{name}`"
    return UsageError(
        f"{where} must be {unfit.expected}, not {unfit.found!r:.{SHOWN}}",
        field=name,
        value=unfit.found,
    )


def _fitted(value: object, hint: Any) -> object:
    """Return a value as a hint wants it; raise `_Unfit` if it is of another type."""
    origin = get_origin(hint) or hint
    for kinds, rule in _RULES:
        if origin in kinds:
            return rule(value, hint)
    if hint is Any:
        return value
    if not isinstance(value, origin):
        raise _Unfit(_in_words(hint), value)
    return value


def _number(value: object, hint: Any) -> object:
    kind, convert = _NUMBERS[hint]
    # A boolean is an integer to Python, and a slip here.
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _Unfit(_in_words(hint), value)
    return convert(value)


def _boolean(value: object, hint: Any) -> object:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool", "bool_"):
        raise _Unfit(_in_words(hint), value)
    return bool(value)


def _member(value: object, hint: Any) -> object:
    """Return the first member of a union that fits; of several misfits the closest is raised."""
    nearest: _Unfit | None = None
    for each in get_args(hint):
        try:
            return _fitted(value, each)
        except _Unfit as unfit:
            if unfit.found is not value or unfit.choices:
                nearest = unfit
    raise nearest or _Unfit(_in_words(hint), value)


def _choice(value: object, hint: Any) -> object:
    choices = get_args(hint)
    if not isinstance(value, str):
        raise _Unfit(_in_words(hint), value)
    if value not in choices:
        raise _Unfit(_in_words(hint), value, choices)
    return value


def _items(value: object, hint: Any) -> object:
    """Return a tuple of checked items; an iterator is checked as it goes."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise _Unfit(_in_words(hint), value)
    kind = get_args(hint)[0]
    checked = (_fitted(each, kind) for each in value)
    return checked if isinstance(value, Iterator) else tuple(checked)


def _table(value: object, hint: Any) -> object:
    if not isinstance(value, Mapping):
        raise _Unfit(_in_words(hint), value)
    key, kind = get_args(hint)
    return {_fitted(name, key): _fitted(each, kind) for name, each in value.items()}


def _function(value: object, hint: Any) -> object:
    if not callable(value):
        raise _Unfit(_in_words(hint), value)
    return value


_NUMBERS: Mapping[Any, tuple[Any, Callable[[Any], Any]]] = {
    int: (numbers.Integral, operator.index),
    float: (numbers.Real, float),
}
_RULES: tuple[tuple[tuple[Any, ...], Callable[[object, Any], object]], ...] = (
    ((int, float), _number),
    ((bool,), _boolean),
    ((Union, UnionType), _member),
    ((Literal,), _choice),
    ((Iterable, Sequence), _items),
    ((Mapping,), _table),
    ((Callable,), _function),
)
_WORDS: Mapping[Any, str] = {
    str: "a string",
    bool: "True or False",
    int: "an integer",
    float: "a number",
    Path: "a path",
    Iterable: "a list",
    Sequence: "a list",
    Mapping: "a dictionary",
    Callable: "a function",
}


def _in_words(hint: Any) -> str:
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        members = (each for each in get_args(hint) if each is not NoneType)
        return " or ".join(dict.fromkeys(_in_words(each) for each in members))
    if origin is Literal:
        return f"one of {', '.join(get_args(hint))}"
    return _WORDS.get(origin, f"a {getattr(origin, '__name__', origin)}")


class _PublicTypes(Mapping[str, Any]):
    """The names of `edgebench.types`, each imported when an annotation needs it."""

    def __getitem__(self, name: str) -> Any:
        from edgebench import types

        if name not in types.__all__:
            raise KeyError(name)
        return getattr(types, name)

    def __iter__(self) -> Iterator[str]:
        from edgebench import types

        return iter(types.__all__)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's parameters as types."""
    texts = {k: v for k, v in inspect.get_annotations(function).items() if k != "return"}
    return {
        name: eval(text, function.__globals__, _PublicTypes())  # noqa: S307 - our own annotations
        for name, text in texts.items()
    }


def _refuse_call(
    name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> NoReturn:
    """Raise for a call that the signature does not allow."""
    known = list(signature.parameters)
    for each in kwargs:
        if each not in known:
            error = UsageError("", value=each, choices=known)
            near = f"; did you mean `{error.suggestion}`?" if error.suggestion else ""
            raise UsageError(
                f"{name}() has no parameter `{each}`{near}", field=each, choices=known
            ) from None
    positional = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    if len(args) > len(positional):
        first = " and ".join(f"`{each}`" for each in positional) or "nothing"
        raise UsageError(f"{name}() takes {first} by position, and the rest by name") from None
    for each in positional[: len(args)]:
        if each in kwargs:
            raise UsageError(f"{name}() was given `{each}` twice", field=each) from None
    missing = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.name not in (*kwargs, *positional[: len(args)])
    ]
    raise UsageError(f"{name}() needs `{missing[0]}`", field=missing[0]) from None


def text_of(value: object) -> str | None:
    """Return a value as text: a path, or a number that stands for one."""
    return None if value is None else str(value)
