"""Read JSON that others may have written: whatever is wrong with it is said in our own words."""

from __future__ import annotations

import json
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
