"""Read a table as text: its delimiter, its header, its rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from edgebench.errors import TraceInvalid
from edgebench.power.traces.tables.columns import ISO_NAMES, unit_in

DELIMITERS = ("\t", ";", ",")
"""In this order: a table with decimal commas has another delimiter than a comma."""
SPACES = " "
"""Columns that stand below one another: any number of spaces parts them."""
COMMENT = "#"
MOST_ABOVE = 100
"""Lines of settings that may stand above a table."""
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([Ee][+-]?\d+)?", re.ASCII)
_VALUE = re.compile(
    r"[+-]?\d+([.,]\d+)? (%|[A-Za-z]{1,4})|\d{1,4}([-/])\d{1,2}\3\d{1,4}[T ]\d{1,2}:\d.*", re.ASCII
)
"""A number with its unit, or a date with a time. A column may be called so as well: ``3.3 V``."""
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


@dataclass(frozen=True)
class TextTable:
    """A table.

    Attributes
    ----------
    header
        The names of its columns; empty if the first row is numbers.
    rows
        Each with the number of its line.
    has_decimal_commas
        Whether ``1,5`` is one number.
    shows_commas, has_unclear_commas
        Whether a number has a decimal comma for sure, and whether commas are there of which each
        may part thousands as well: ``1,234``.
    """

    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    has_decimal_commas: bool
    shows_commas: bool = False
    has_unclear_commas: bool = False

    def number(self, text: str) -> float:
        """Return the number that a cell means.

        Raises
        ------
        ValueError
            If it means none, or has a point where others have decimal commas.
        """
        if self.shows_commas and "." in text:
            raise ValueError(text)
        return float(text.replace(",", ".") if self.has_decimal_commas else text)


def read_table(path: Path, named: Collection[str] = ()) -> TextTable:
    """Read a table.

    Lines that begin with ``#`` are comments, but for the last at the top if it names columns.
    ``named`` has names that its user says the header has.

    Raises
    ------
    TraceInvalid
        If there is no row of numbers.
    """
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        lines = list(_without_comments(file.read().splitlines()))
    if not lines:
        raise TraceInvalid(f"{path}: the table is empty")
    lines = lines[_begin(lines, named) :]
    delimiter = _delimiter(lines[0][1], lines[min(1, len(lines) - 1)][1])
    cells = _cells(path, lines, delimiter)
    commas = delimiter != ","
    header: tuple[str, ...] = ()
    if _is_header(cells[0][1], cells[min(1, len(cells) - 1)][1], commas):
        header = tuple(cell.lstrip(f"{COMMENT} ") for cell in cells[0][1])
        cells = cells[1:]
    if not cells:
        raise TraceInvalid(f"{path}: the table has no row of numbers")
    with_commas = [
        cell for _, row in cells for cell in row if commas and _WITH_COMMA.fullmatch(cell)
    ]
    shows = not all(map(_THOUSANDS.fullmatch, with_commas))
    return TextTable(header, cells, commas, shows, bool(with_commas) and not shows)


def _begin(lines: list[tuple[int, str]], named: Collection[str]) -> int:
    """Return the place of the header: an instrument may write settings above it.

    It names columns, and the row below has numbers in as many. What stands above must be no row of
    the table: of other lengths, or without a number. A first line that names a time is the header;
    below another one of the same length only a line with a unit, or with a name that is asked for,
    is no damaged row.
    """
    texts = [line for _, line in lines[:MOST_ABOVE]]
    for place, (line, below) in enumerate(pairwise(texts)):
        delimiter = _delimiter(line, below)
        if delimiter == SPACES:
            continue
        table = TextTable((), [], delimiter != ",")
        above, header, row = (
            [[cell.strip() for cell in each.split(delimiter)] for each in some]
            for some in (texts[:place], [line], [below])
        )
        if len(header[0]) != len(row[0]) or any(cell[:1].isdigit() for cell in header[0]):
            continue
        if _has_number(table, row[0]) and not _has_number(table, header[0]):
            alike = [each for each in above if len(each) == len(row[0])]
            are_rows = any(_has_number(table, each) for each in alike)
            if above[:1] == alike[:1]:
                are_rows |= _names_time(above[:1]) or not _has_unit_or_name(header[0], named)
            return 0 if are_rows else place
    return 0


def _has_unit_or_name(cells: list[str], named: Collection[str]) -> bool:
    return any(unit_in(each) is not None or each in named for each in cells)


def _names_time(above: list[list[str]]) -> bool:
    units = [(name, unit_in(name)) for each in above for name in each]
    return any(
        name.lower() in ISO_NAMES or (unit is not None and unit.quantity == "time")
        for name, unit in units
    )


def _has_number(table: TextTable, row: list[str]) -> bool:
    return any(_is_number(table, cell) for cell in row)


def _cells(path: Path, lines: list[tuple[int, str]], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line, with the line's number."""
    texts = (text for _, text in lines)
    if delimiter == SPACES:
        texts = (SPACES.join(text.lstrip(f"{COMMENT} ").split()) for text in texts)
    rows = csv.reader(texts, delimiter=delimiter)
    try:
        return [
            (number, [cell.strip() for cell in row])
            for (number, _), row in zip(lines, rows, strict=False)
        ]
    except csv.Error as error:
        raise TraceInvalid(f"{path}, line {lines[rows.line_num - 1][0]}: {error}") from error


def _without_comments(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; of comments only the last at the top, if it names columns."""
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    at_top = True
    for place, (number, line) in enumerate(kept):
        is_comment = line.lstrip().startswith(COMMENT)
        if not is_comment or (at_top and _names_columns(line, kept[place + 1 : place + 2])):
            yield number, line
        at_top &= is_comment


def _names_columns(comment: str, rest: list[tuple[int, str]]) -> bool:
    if not rest:
        return False
    following = rest[0][1]
    delimiter = _delimiter(comment, following)
    if delimiter == SPACES:
        return following.lstrip()[:1] != COMMENT
    count = comment.count(delimiter)
    return count > 0 and count == following.count(delimiter) and following.lstrip()[:1] != COMMENT


def _delimiter(header: str, row: str) -> str:
    found = next((each for each in DELIMITERS if each in header and each in row), None)
    if found is not None:
        return found
    words, cells = header.lstrip(f"{COMMENT} ").split(), row.split()
    return SPACES if 1 < len(words) == len(cells) else ","


def _is_header(row: list[str], following: list[str], has_decimal_commas: bool) -> bool:
    """Whether a row names columns: it has no number, and no value above another value."""
    table = TextTable((), [], has_decimal_commas)
    return not _has_number(table, row) and not any(
        _VALUE.fullmatch(cell) and _VALUE.fullmatch(below)
        for cell, below in zip(row, following, strict=False)
    )


def _is_number(table: TextTable, text: str) -> bool:
    try:
        table.number(text)
    except ValueError:
        return False
    return True
