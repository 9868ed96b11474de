"""Rows of results as JSON (nested), CSV (flat, as pandas reads it) and GitHub's Markdown."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgebench.errors import RuntimeMissing
from edgebench.json_text import json_text
from edgebench.printable import printable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pandas import DataFrame


def to_json(rows: Sequence[DataclassInstance]) -> str:
    """Return the rows as a JSON list of objects; NaN and the infinities become null."""
    return json_text([dataclasses.asdict(row) for row in rows])


def to_csv(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> str:
    """Return flat rows as CSV with a line of names; lists are joined by ``; ``.

    Parameters
    ----------
    rows
        A row's values by the names of the columns.
    names
        The columns in their order.
    """
    columns = list(names)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def to_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a table of GitHub's Markdown; a column that is empty in all is left out.

    Parameters
    ----------
    rows
        The texts of a row by the names of the columns, the same names in each.
    """
    names, cells = _filled(rows)
    shown = [[_cell(row[name]) for name in names] for row in cells]
    lines = [names, ["---"] * len(names), *shown]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [f"{name}={each}" for name, each in value.items()]
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _filled(rows: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns that are not empty in all rows, and the rows as texts."""
    cells = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    names = [name for name in (cells[0] if cells else ()) if any(row[name] for row in cells)]
    return names, cells


def to_html(rows: Iterable[Mapping[str, Any]], notes: Iterable[str] = ()) -> str:
    """Return rows as an HTML table; a column that is empty in all is left out.

    Parameters
    ----------
    rows
        As `to_markdown` takes them; what is HTML in them is shown, not obeyed.
    notes
        Lines below the table.
    """
    from html import escape  # its table of entities is for notebooks only

    names, cells = _filled(rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(row[name])}</td>' for name in names)}</tr>" for row in cells
    )
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def to_frame(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> DataFrame:
    """Return flat rows as a pandas DataFrame; see `to_csv` for the parameters.

    Raises
    ------
    RuntimeMissing
        If pandas is not installed.
    """
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise RuntimeMissing("a frame needs pandas: `pip install pandas`") from error
    return DataFrame([[row[name] for name in names] for row in rows], columns=list(names))


def _cell(text: str) -> str:
    # A bar would end the cell, a line break the table, and HTML would be obeyed.
    for bad, good in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), ("\n", " ")):
        text = text.replace(bad, good)
    return printable(text)
