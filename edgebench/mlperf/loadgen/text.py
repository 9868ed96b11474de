"""The lines of a log, in whatever encoding a submitter's computer wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgebench.errors import LogInvalid


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text in UTF-8 or UTF-16, numbered from 1.

    Windows' programs write the latter; a byte that is no text is replaced.

    Raises
    ------
    LogInvalid
        If it can't be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(2)
        encoding = "utf-16" if head in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=encoding, errors="replace") as file:
            yield from ((number, line.rstrip("\n")) for number, line in enumerate(file, 1))
    except (OSError, UnicodeError) as error:
        raise LogInvalid(f"{path}: can't be read: {error}") from error
