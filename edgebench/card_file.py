"""Read a card: a TOML file into a frozen dataclass, with all its faults at once.

Write one, too, for models and datasets that are made from others.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edgebench.errors import CardFault, CardInvalid, UsageError
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.files.regular_files import require_plain_file
from edgebench.text.toml_lines import Keys, TomlLines
from edgebench.text.toml_text import TomlDamaged, read_toml_text
from edgebench.text.typed_json import Problem, TypedJsonError, structure, unstructure

T = TypeVar("T")
Check = Callable[[T], Iterable[tuple[Keys, str]]]
"""Looks at a card whose types are right; yields what is wrong, with the way to the key."""

IN_TOML: Mapping[str, str] = {"an object": "a table"}
"""TOML's words for JSON's."""


@dataclass(frozen=True)
class CardFile:
    """A card's values as they were written, and the lines that they stand in."""

    path: Path
    values: Mapping[str, Any]
    lines: TomlLines


def read_toml(path: Path) -> CardFile:
    """Read a file without looking at what its keys are.

    Raises
    ------
    CardInvalid
        If it can't be read or is not TOML; the message has the line.
    """
    try:
        require_plain_file(path)
        read = read_toml_text(path)
        return CardFile(path, read.values, TomlLines(path, read.text))
    except (OSError, TomlDamaged, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CardInvalid(f"{path}: not a readable TOML card: {why}") from error


def read_card(
    path: Path, kind: type[T], given: Mapping[str, Any], check: Check[T] = lambda _: ()
) -> T:
    """Read a card; see `from_file`."""
    return from_file(read_toml(path), kind, given, check)


def from_file(
    file: CardFile, kind: type[T], given: Mapping[str, Any], check: Check[T] = lambda _: ()
) -> T:
    """Make a dataclass of a card.

    Parameters
    ----------
    kind
        A dataclass as `edgebench.text.typed_json.structure` takes them.
    given
        Fields that the card itself must not state, such as its path.
    check
        What else must hold.

    Raises
    ------
    CardInvalid
        With every key that is missing, unknown or of another type; or, if there is none, with all
        that ``check`` yields.
    """
    own = set(given) & set(file.values)
    faults = [_fault(file, Problem((key,), "unknown", "the file's place says it")) for key in own]
    try:
        card = structure(kind, {**file.values, **given})
    except TypedJsonError as error:
        faults += [_fault(file, problem) for problem in error.problems]
    else:
        faults += [CardFault(keys, file.lines.line(*keys), what) for keys, what in check(card)]
        if not faults:
            return card
    raise CardInvalid.of_file(file.path, sorted(faults, key=lambda fault: fault.line or 0))


def _fault(file: CardFile, problem: Problem) -> CardFault:
    words = dataclasses.replace(problem, expected=IN_TOML.get(problem.expected, problem.expected))
    return CardFault(problem.keys, file.lines.line(*problem.keys), str(words))


def unknown_value(field: str, value: str, choices: Iterable[str]) -> str:
    """Return what a card's fault says of a value that is not among the known ones."""
    error = UsageError.unknown(field, value, choices)
    return f"{error}{(error.suggestion and f' (did you mean {error.suggestion}?)') or ''}"


def outside(card: Path, file: Path) -> bool:
    """Say whether a file that a card names lies outside the card's folder."""
    folder = card.parent.resolve()
    return not (folder / file).resolve().is_relative_to(folder)


def write_card(path: Path, card: Any, *, without: Iterable[str] = ()) -> None:
    """Write a dataclass as a card, with the folders above it; what is None or empty is left out.

    Parameters
    ----------
    without
        Fields that the card itself must not state, such as its path.

    Raises
    ------
    DiskFull, EdgebenchError
        If it can't be written.
    """
    values = {key: each for key, each in unstructure(card).items() if key not in without}
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, to_toml(values))


def to_toml(values: Mapping[str, Any], table: str = "") -> str:
    """Return tables of plain values as TOML.

    Examples
    --------
    >>> print(to_toml({"name": "x", "sizes": [1, 2], "part": {"a": 0.5}}), end="")
    name = "x"
    sizes = [1, 2]
    <BLANKLINE>
    [part]
    a = 0.5
    """
    there = {key: each for key, each in values.items() if each not in (None, "", {}, [])}
    # JSON's strings, numbers, booleans and lists are TOML's.
    lines = [
        f"{key} = {json.dumps(each, ensure_ascii=False, allow_nan=False)}"
        for key, each in there.items()
        if not isinstance(each, Mapping)
    ]
    own = "\n".join([f"[{table}]", *lines] if table and lines else lines)
    below = [
        to_toml(each, f"{table}.{key}" if table else key)
        for key, each in there.items()
        if isinstance(each, Mapping)
    ]
    return "\n".join(filter(None, [own and own + "\n", *below]))
