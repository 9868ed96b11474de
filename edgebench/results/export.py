"""Rows of results as JSON, CSV (which pandas reads as it is) and GitHub's Markdown."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def to_json(rows: Sequence[DataclassInstance]) -> str:
    """Return the rows as a JSON list of objects."""
    return json.dumps([dataclasses.asdict(row) for row in rows], indent=2)


def to_csv(rows: Sequence[DataclassInstance], kind: type[DataclassInstance]) -> str:
    """Return the rows as CSV with a line of names; lists are joined by ``; ``."""
    names = [field.name for field in dataclasses.fields(kind)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = (getattr(row, name) for name in names)
        writer.writerow(["; ".join(map(str, v)) if isinstance(v, tuple) else v for v in values])
    return text.getvalue()


def to_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a table of GitHub's Markdown; a column that is empty in all is left out.

    Parameters
    ----------
    rows
        The texts of a row by the names of the columns, the same names in each.
    """
    known = [{name: _cell(value) for name, value in row.items()} for row in rows]
    names = [name for name in (known[0] if known else ()) if any(row[name] for row in known)]
    lines = [names, ["---"] * len(names), *([row[name] for name in names] for row in known)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    # A bar would end the cell, a line break the table, and HTML would be obeyed.
    text = "" if value is None else str(value)
    for bad, good in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), ("\n", " ")):
        text = text.replace(bad, good)
    return text
