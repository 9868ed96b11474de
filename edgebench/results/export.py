"""Rows of results as JSON (nested), CSV (flat, as pandas reads it) and GitHub's Markdown."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgebench.errors import RuntimeMissing
from edgebench.text.html_table import filled
from edgebench.text.json_text import json_text
from edgebench.text.printable import printable

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
    names, cells = filled(rows)
    shown = [[_cell(row[name]) for name in names] for row in cells]
    lines = [names, ["---"] * len(names), *shown]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [f"{name}={each}" for name, each in value.items()]
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


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
