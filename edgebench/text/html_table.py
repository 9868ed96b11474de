"""Rows of texts as the HTML table that a notebook shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def filled(rows: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns that are not empty in all rows, and the rows as texts."""
    cells = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    names = [name for name in (cells[0] if cells else ()) if any(row[name] for row in cells)]
    return names, cells


def html_table(rows: Iterable[Mapping[str, Any]], notes: Iterable[str] = ()) -> str:
    """Return rows as an HTML table; a column that is empty in all is left out.

    Parameters
    ----------
    rows
        The values of a row by the names of the columns, the same names in each; what is HTML in
        them is shown, not obeyed.
    notes
        Lines below the table.
    """
    from html import escape  # its table of entities is for notebooks only

    names, cells = filled(rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(row[name])}</td>' for name in names)}</tr>" for row in cells
    )
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
