"""JSON files of a run directory: read into dataclasses, with errors that name the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from edgebench.errors import RunDirectoryInvalid, UsageError
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.text.json_text import JsonDamaged, parse_json
from edgebench.text.typed_json import TypedJsonError, structure

T = TypeVar("T")


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    RunDirectoryInvalid
        If the file is missing, can't be read, or is not a JSON object.
    """
    try:
        require_plain_file(path)
        values = parse_json(path.read_bytes(), constants=False)
    except FileNotFoundError as error:
        raise RunDirectoryInvalid(f"{path.parent}: not a run directory: no {path.name}") from error
    except OSError as error:
        raise RunDirectoryInvalid(f"{path}: can't be read: {refusal(error)}") from error
    except JsonDamaged as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if not isinstance(values, dict):
        raise RunDirectoryInvalid(f"{path}: damaged: not a JSON object")
    return values


def read_typed(kind: type[T], path: Path) -> T:
    """Read a JSON object into a dataclass; raises as `read_object` and `typed`."""
    return typed(kind, read_object(path), path)


def typed(kind: type[T], values: dict[str, Any], path: Path) -> T:
    """Return a dataclass with the values of a file.

    Raises
    ------
    RunDirectoryInvalid
        If a key is missing or unknown, or a value is of another type: the message has its path.
    """
    try:
        return structure(kind, values)
    except (TypedJsonError, UsageError) as error:  # the latter by settings that are not possible
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
