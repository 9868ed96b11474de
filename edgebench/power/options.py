"""What stands behind a meter's name: ``PLACE,key=value,...``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgebench.errors import MeterNotFound, UsageError

_MULTIPLES = {"k": 1e3, "M": 1e6}


def split_options(
    meter: str, rest: str, known: Mapping[str, Callable[[str], Any]]
) -> tuple[str, dict[str, Any]]:
    """Return the place, and the options that were given, read by what `known` says.

    Raises
    ------
    UsageError
        For an option that the meter does not have, or a value that is none.
    """
    place, *given = rest.split(",")
    values: dict[str, Any] = {}
    for each in given:
        key, _, text = each.partition("=")
        if key not in known:
            raise UsageError(
                f"{meter} has no option {key!r}; it has {', '.join(sorted(known)) or 'none'}"
            )
        try:
            values[key] = known[key](text)
        except ValueError as error:
            raise UsageError(f"{meter}: {key}={text!r} is no value for it: {error}") from error
    return place, values


def number(text: str) -> float:
    """Read a number above 0, such as ``3.3`` or ``100k``."""
    scale = _MULTIPLES.get(text[-1:], 1.0)
    value = float(text[:-1] if scale != 1.0 else text) * scale
    if not 0 < value < 1e9:
        raise ValueError("a number above 0 is wanted")
    return value


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader of one of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)} is wanted")
        return text

    return read


def a_place(meter: str, place: str, example: str) -> str:
    """Return the place, which must be given.

    Raises
    ------
    MeterNotFound
        If it is not.
    """
    if not place:
        raise MeterNotFound(f"{meter} needs a place: --power {example}")
    return place
