"""Read logs that others wrote: their lines, their JSON and their numbers, within limits.

A log may come from anybody. Every reader goes through here, so that none holds a file without ends
of lines, takes more time than in proportion to what it reads, or says a message of Python's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import IO, Any

from edgebench.errors import LogInvalid
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.text.json_text import JsonDamaged, parse_json

MOST_LINE_CHARACTERS = 1 << 16
"""Of a log for people; LoadGen's own logs have longer ones, and limits of their own."""
MOST_FILE_BYTES = 1 << 28
"""Of a file that is read whole: published results of a round are a tenth of it."""
TIME_FORMAT = "%m-%d-%Y %H:%M:%S.%f"
_SHOWN = 40
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_YEARS = range(1900, 9000)
"""A log's times, so that hours can be added to them and taken away."""
_REAL = re.compile(
    r"[+-]?(?:[0-9]{1,320}(?:\.[0-9]{0,1100})?|\.[0-9]{1,1100})(?:[eE][+-]?[0-9]{1,4})?"
)


def log_lines(path: Path, most: int = MOST_LINE_CHARACTERS) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text in UTF-8 or UTF-16, numbered from 1, without their ends.

    Windows' programs write the latter; a byte that is no text is replaced.

    Raises
    ------
    LogInvalid
        If it can't be read, or a line is longer than ``most`` characters.
    """
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            head = file.read(2)
        encoding = "utf-16" if head in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=encoding, errors="replace") as file:
            yield from _lines(path, file, most)
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {refusal(error)}") from error
    except UnicodeError as error:
        raise LogInvalid(f"{path}: can't be read: no text in {encoding.upper()}") from error


def _lines(path: Path, file: IO[str], most: int) -> Iterator[tuple[int, str]]:
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most and not line.endswith("\n"):
            raise LogInvalid(f"{path}, line {number}: longer than {most:,} characters")
        yield number, line.rstrip("\n")


def log_text(path: Path, most_bytes: int = MOST_FILE_BYTES) -> str:
    """Return a whole text in UTF-8; a byte that is no text is replaced.

    Raises
    ------
    LogInvalid
        If it can't be read, or is longer than ``most_bytes``.
    """
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {refusal(error)}") from error
    if len(content) > most_bytes:
        raise LogInvalid(f"{path}: longer than {most_bytes:,} bytes")
    return content.decode("utf-8-sig", "replace")


def log_json(text: str, where: str) -> Any:
    """Return what a JSON text says.

    Raises
    ------
    LogInvalid
        If it is damaged, nested without end, or has a number of thousands of digits.
    """
    try:
        return parse_json(text)
    except JsonDamaged as error:
        raise LogInvalid(f"{where}: damaged or cut short: {error}") from error


def whole(value: object, where: str) -> int:
    """Return a whole number that a log has as a number or as text.

    Raises
    ------
    LogInvalid
        If it is none, or needs more than 64 bits: LoadGen's seeds have them all.

    Examples
    --------
    >>> whole("12", "summary"), whole(12.0, "summary")
    (12, 12)
    """
    found: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif (isinstance(value, float) and isfinite(value) and value.is_integer()) or (
        isinstance(value, str) and _WHOLE.fullmatch(value.strip())
    ):
        found = int(value)
    if found is None:
        raise LogInvalid(f"{where}: {shown(value)} is not a whole number")
    if not _LEAST <= found <= _MOST:
        raise LogInvalid(f"{where}: {shown(value)} is a whole number of more than 64 bits")
    return found


def real(value: object, where: str) -> float:
    """Return a finite number that a log has as a number or as text.

    Raises
    ------
    LogInvalid
        If it is none, or is too large for a float.
    """
    found: float | None = None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 1000:
        found = float(value)
    elif isinstance(value, float):
        found = value
    elif isinstance(value, str) and _REAL.fullmatch(value.strip()):
        found = float(value)
    if found is None or not isfinite(found):
        raise LogInvalid(f"{where}: {shown(value)} is not a number")
    return found


def is_number(text: str) -> bool:
    """Return whether a text is a number and nothing else."""
    return bool(_REAL.fullmatch(text.strip()))


def log_time(value: object, where: str) -> datetime:
    """Return a time as LoadGen and spl.txt write it, such as ``11-24-2026 16:05:00.123``.

    Raises
    ------
    LogInvalid
        If it is none.
    """
    try:
        found = datetime.strptime(str(value)[:_SHOWN], TIME_FORMAT)
    except ValueError as error:
        raise LogInvalid(f"{where}: {shown(value)} is not a time") from error
    if found.year not in _YEARS:
        raise LogInvalid(f"{where}: {shown(value)} is not a time: the year is {found.year}")
    return found


def epoch_time(seconds: float, where: str) -> datetime:
    """Return the time (UTC) that is so many seconds after the beginning of 1970.

    Raises
    ------
    LogInvalid
        If its year has no four digits: milliseconds, for one, are no seconds.
    """
    found: datetime | None = None
    with suppress(ValueError, OverflowError, OSError):
        found = datetime.fromtimestamp(seconds, UTC)
    if found is None or found.year not in _YEARS:
        raise LogInvalid(f"{where}: {seconds:g} s after 1970 is no time: are they milliseconds?")
    return found


def shown(value: object) -> str:
    """Return the beginning of a value, for a message."""
    if isinstance(value, int) and abs(value) >= 1 << 1000:
        return "a number with too many digits"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
