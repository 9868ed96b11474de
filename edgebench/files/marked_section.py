"""Rewrite the part of a document that lies between two marks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from edgebench.files.atomic import write_text


def with_part(text: str, begin: str, end: str, part: str) -> str:
    """Return a document with the part between two marks replaced.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{begin} and {end} are not in the document")
    return f"{before}{begin}\n{part}{end}{after}"


def rewrite_document(changed: Callable[[str], str]) -> None:
    """Rewrite the document that the command line names."""
    document = Path(sys.argv[1])
    write_text(document, changed(document.read_text(encoding="utf-8")))
