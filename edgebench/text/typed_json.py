"""JSON's and TOML's values into dataclasses and back, with errors that name the key.

cattrs does it, with stricter rules than its own: a number is not made of a string, nor an integer
of a boolean, an integer will do for a float, and unknown keys are errors. It is imported when
something is first converted, so that commands that read nothing start without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
Key = str | int
Hook = Callable[[Any, Any], Any]
SHOWN = 60
ALIKE = 0.65
"""How much a known key must look like an unknown one, by difflib: ``threads`` is no ``stream``."""
NAMES: Mapping[Any, str] = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    Path: "a path",
    NoneType: "null",
}
PLAIN: Mapping[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (int, float),
}
"""Which types of values will do for a plain type."""


@dataclass(frozen=True)
class Problem:
    """A fault of one value.

    Attributes
    ----------
    keys
        The way to it from the outermost object: keys of objects and indices of lists.
    kind
        Whether the key is missing or unknown, or its value is of another type.
    expected
        What would be right, in words: ``an integer``, or the known keys.
    found
        The value that was found; None for a missing key.
    """

    keys: tuple[Key, ...]
    kind: Literal["missing", "unknown", "type"]
    expected: str = ""
    found: Any = None

    @property
    def path(self) -> str:
        """The way to it as text, such as ``device.inject[1]``; empty for the outermost object."""
        text = "".join(
            f"[{key}]" if isinstance(key, int) else f".{key:.{SHOWN}}" for key in self.keys
        )
        return text.removeprefix(".")

    def __str__(self) -> str:
        where = f"`{self.path}`" if self.keys else "the whole"
        if self.kind == "missing":
            return f"{where} is missing"
        if self.kind == "unknown":
            return f"{where} is unknown{self.expected and f'; {self.expected}'}"
        return f"{where} must be {self.expected}, not {_shown(self.found)}"


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    try:
        return f"{value!r:.{SHOWN}}"
    except ValueError:  # Python writes no number of thousands of digits, as hexadecimal ones can be
        return "a number with too many digits"


class TypedJsonError(ValueError):
    """Values that do not fit a type; ``problems`` has at least one, and the first is the message's.

    It has no exit code: whoever reads a file, a request or a card raises an error of its own.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = tuple(problems)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The way to the first problem's value."""
        return self.problems[0].keys

    @property
    def path(self) -> str:
        """The way to the first problem's value as text, such as ``device.inject[1]``."""
        return self.problems[0].path

    @property
    def expected(self) -> str:
        """The type or values that would be right there, in words."""
        return self.problems[0].expected

    @property
    def found(self) -> Any:
        """The value that was found there; None for a missing key."""
        return self.problems[0].found


def structure(kind: type[T], values: Any) -> T:
    """Return an instance of a dataclass, and of those in its fields, from plain values.

    Parameters
    ----------
    kind
        A dataclass. Its fields are strings, numbers, booleans, paths, literals, lists, tuples,
        mappings, unions of these, dataclasses, or ``Any``. A field may be left out if it has a
        default.
    values
        What `json.loads`, `tomllib.loads` or `unstructure` return. An instance of a field's
        dataclass is taken as it is.

    Raises
    ------
    TypedJsonError
        If a key is missing or unknown, or a value is of another type.
    Exception
        Whatever the dataclass itself raises when it checks its fields.
    """
    from cattrs.errors import BaseValidationError

    try:
        return _converter().structure(values, kind)
    except (_Unfit, BaseValidationError) as error:
        problems = list(_problems(error, ()))
        raise TypedJsonError(problems) from None


def unstructure(value: Any) -> Any:
    """Return a dataclass, and those in its fields, as JSON's own types."""
    return _converter().unstructure(value)


def unknown_key(keys: tuple[Key, ...], known: Sequence[str]) -> Problem:
    """Return the problem of a key that is not among the known ones; it names the nearest."""
    close = get_close_matches(str(keys[-1]), known, 1, ALIKE)
    advice = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known)}"
    return Problem(keys, "unknown", advice)


class _Unfit(Exception):
    """A value of another type than was expected."""

    def __init__(self, expected: str, found: Any) -> None:
        super().__init__(expected, found)
        self.expected, self.found = expected, found


def _problems(error: Exception, keys: tuple[Key, ...]) -> Iterator[Problem]:
    """Yield what is wrong, in the order of the fields; raise what a dataclass itself raised."""
    from cattrs.errors import (
        AttributeValidationNote,
        ClassValidationError,
        ForbiddenExtraKeysError,
        IterableValidationError,
    )

    if isinstance(error, ClassValidationError | IterableValidationError):
        noted, plain = error.group_exceptions()
        for each, note in noted:
            key: Key = note.name if isinstance(note, AttributeValidationNote) else note.index
            if isinstance(each, KeyError):
                yield Problem((*keys, key), "missing")
            else:
                yield from _problems(each, (*keys, key))
        for each in plain:
            yield from _problems(each, keys)
    elif isinstance(error, _Unfit):
        yield Problem(keys, "type", error.expected, error.found)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in fields(error.cl)]
        for name in sorted(map(str, error.extra_fields)):
            yield unknown_key((*keys, name), known)
    else:
        raise error


@cache
def _converter() -> Converter:
    """Return the converter: cattrs' own, with stricter hooks."""
    from cattrs import Converter
    from cattrs.cols import (
        homogenous_tuple_structure_factory,
        is_mapping,
        is_mutable_sequence,
        is_sequence,
        list_structure_factory,
        mapping_structure_factory,
    )
    from cattrs.gen import make_dict_structure_fn

    made = Converter(forbid_extra_keys=True, unstruct_collection_overrides={tuple: list})
    for kind in PLAIN:
        made.register_structure_hook(kind, _plain(kind))
    made.register_structure_hook(Path, _path)
    made.register_structure_hook_factory(_is_literal, _one_of)
    made.register_structure_hook_factory(_is_union_of_plain, _first_that_fits)
    listed, keyed = ((list, tuple), "a list"), ((Mapping,), "an object")
    hooks: tuple[tuple[Any, Any, tuple[tuple[type, ...], str]], ...] = (
        (is_sequence, homogenous_tuple_structure_factory, listed),
        (is_mutable_sequence, list_structure_factory, listed),
        (_is_tuple, homogenous_tuple_structure_factory, listed),
        (is_mapping, mapping_structure_factory, keyed),
        (is_dataclass, make_dict_structure_fn, keyed),
    )
    for applies, factory, (accepted, expected) in hooks:
        made.register_structure_hook_factory(applies, _only(accepted, expected, factory))
    return made


def _plain(kind: type) -> Hook:
    def hook(value: Any, _: Any) -> Any:
        if not _fits(value, PLAIN[kind]):
            raise _Unfit(NAMES[kind], value)
        try:
            return float(value) if kind is float else value
        except OverflowError:
            raise _Unfit(NAMES[kind], value) from None

    return hook


def _fits(value: Any, accepted: tuple[type, ...]) -> bool:
    """Say whether a value is of a plain type; a boolean is no integer."""
    return isinstance(value, accepted) and (not isinstance(value, bool) or bool in accepted)


def _path(value: Any, _: Any) -> Path:
    if not isinstance(value, str | Path):
        raise _Unfit(NAMES[Path], value)
    return Path(value)


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _one_of(kind: Any) -> Hook:
    known = get_args(kind)
    expected = f"one of {', '.join(map(str, known))}"

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, str | int) or value not in known:
            raise _Unfit(expected, value)
        return value

    return hook


def _is_union_of_plain(kind: Any) -> bool:
    """Say whether a type is a union such as ``int | str``, or ``float | str | None``."""
    members = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return len(set(members) - {NoneType}) > 1 and all(each in NAMES for each in members)


def _first_that_fits(kind: Any) -> Hook:
    members = get_args(kind)
    expected = " or ".join(NAMES[each] for each in members)

    def hook(value: Any, _: Any) -> Any:
        for each in members:
            if _fits(value, PLAIN.get(each, (each,))):
                return value
        raise _Unfit(expected, value)

    return hook


def _is_tuple(kind: Any) -> bool:
    """Say whether a type is a tuple of any length, all of whose items are of one type."""
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def _only(
    accepted: tuple[type, ...], expected: str, factory: Callable[..., Hook]
) -> Callable[..., Hook]:
    """Return a factory of hooks that refuse a value of another kind before they look into it."""

    def checked(kind: Any, converter: Converter) -> Hook:
        plain = factory(kind, converter)

        def hook(value: Any, _: Any) -> Any:
            if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, kind):
                return value
            if not isinstance(value, accepted):
                raise _Unfit(expected, value)
            return plain(value, kind)

        return hook

    return checked
