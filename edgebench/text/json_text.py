"""Read JSON that others may have written, and write JSON that every program reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from typing import Any, NoReturn


class JsonDamaged(ValueError):
    """A text that is not JSON; the message says why, and does not name a file."""


def parse_json(text: str | bytes, *, constants: bool = True) -> Any:
    """Return what a JSON text says.

    Parameters
    ----------
    constants
        Whether NaN and the infinities are taken, which JSON lacks and Python writes.

    Raises
    ------
    JsonDamaged
        If it is damaged, nested without end, or has a number of thousands of digits.

    Examples
    --------
    >>> parse_json('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text, parse_constant=None if constants else _refuse)
    except json.JSONDecodeError as error:
        raise JsonDamaged(str(error)) from error
    except RecursionError as error:
        raise JsonDamaged("nested too deep") from error
    except UnicodeDecodeError as error:
        raise JsonDamaged(f"not text in UTF-8: byte {error.start:,}") from error
    except JsonDamaged:
        raise
    except ValueError as error:  # Python's own limit on digits
        raise JsonDamaged("a number with too many digits") from error


def _refuse(constant: str) -> NoReturn:
    raise JsonDamaged(f"{constant} is not JSON")


def json_text(
    values: Any, indent: int | None = 2, default: Callable[[Any], object] | None = None
) -> str:
    """Return values as JSON that every program reads; see `finite`.

    Parameters
    ----------
    indent
        As `json.dumps` takes it.
    default
        What a value of another type is written as; without it, such a value is a TypeError.
    """
    text: str = json.dumps(finite(values), indent=indent, default=default, allow_nan=False)
    return text


def finite(values: Any) -> Any:
    """Return JSON's types with None in place of NaN and the infinities, which JSON lacks."""
    if isinstance(values, float):
        return values if isfinite(values) else None
    if isinstance(values, dict):
        return {name: finite(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [finite(value) for value in values]
    return values
