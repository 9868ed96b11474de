"""Read TOML that others may have written: whatever is wrong with it is said in our own words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class TomlDamaged(ValueError):
    """A text that is not TOML; the message has the line where there is one, and names no file."""


@dataclass(frozen=True)
class TomlText:
    """A file's text, and what it says."""

    text: str
    values: Mapping[str, Any]


def read_toml_text(path: Path) -> TomlText:
    """Read a TOML file.

    Raises
    ------
    TomlDamaged
        If it is damaged, nested without end, or has a whole number of more than 64 bits.
    OSError
        If it can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlDamaged(str(error)) from error
    except UnicodeDecodeError as error:
        raise TomlDamaged(f"not text in UTF-8: byte {error.start:,}") from error
    except RecursionError as error:
        raise TomlDamaged("nested too deep") from error
    except ValueError as error:  # Python's own limit on digits, and its own idea of dates
        raise TomlDamaged("a number with too many digits, or a date that there is not") from error
    if (key := _huge_number(values)) is not None:
        raise TomlDamaged(f"`{key:.60}` is a whole number of more than 64 bits")
    return TomlText(text, values)


def _huge_number(values: Mapping[str, Any]) -> str | None:
    """Return the key of a number that TOML does not have, and Python reads as hexadecimal."""
    waiting: list[tuple[str, Any]] = list(values.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(key, each) for each in value]
        elif isinstance(value, int) and value.bit_length() > 64:
            return key
    return None
