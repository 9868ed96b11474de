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
        If it is damaged, nested without end, or has a number of thousands of digits.
    OSError
        If it can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return TomlText(text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TomlDamaged(str(error)) from error
    except UnicodeDecodeError as error:
        raise TomlDamaged(f"not text in UTF-8: byte {error.start:,}") from error
    except RecursionError as error:
        raise TomlDamaged("nested too deep") from error
    except ValueError as error:  # Python's own limit on digits, and its own idea of dates
        raise TomlDamaged("a number with too many digits, or a date that there is not") from error
