"""Read a text table: a sample a line, numbers separated by commas, the label last.

A first line of names is optional; with one, the column called ``label`` is the label wherever
it stands, and without such a column there are no labels.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.loaders.labels import checked_labels
from edgebench.datasets.loaders.untrusted import digest, real_number
from edgebench.errors import DatasetInvalid
from edgebench.files.refusals import refusal
from edgebench.metrics import TOP1

MOST_BYTES = 256 * 2**20
"""Its numbers take several times as much while it is read."""
_LIKE_A_NUMBER = re.compile(r"[+-]?\.?\d|[+-]?(?:nan|inf)", re.IGNORECASE)


def load(path: Path, encoding: Encoding) -> Dataset:
    """Open a .csv.

    Raises
    ------
    DatasetInvalid
        If a line has a wrong count or something that is no number (the message says which
        line), or if there is no sample.
    """
    if path.stat().st_size > MOST_BYTES:
        raise DatasetInvalid(
            f"{path}: {path.stat().st_size:,} bytes; a .csv of more than {MOST_BYTES:,} is not "
            "read: save it as .npz"
        )
    rows, label_column = _rows(path)
    if not rows:
        raise DatasetInvalid(f"{path}: it has no samples")
    table = np.array(rows, dtype=np.float64)
    if label_column is None:
        values, labels = table, None
    else:
        values = np.delete(table, label_column, axis=1)
        labels = checked_labels(table[:, label_column], len(table), str(path))
    if values.shape[1] == 0:
        raise DatasetInvalid(f"{path}: its lines have a label and no values")
    stored = values.astype(np.float32)

    def sample(index: int) -> Sample:
        return (encoding.real(stored[index]),)

    return Dataset(
        name=path.stem,
        count=len(stored),
        sample=sample,
        labels=labels,
        metric=None if labels is None else TOP1.name,
        sha256=digest(path),
        source=str(path),
    )


def _rows(path: Path) -> tuple[list[list[float]], int | None]:
    """Return the numbers, and which column is the label."""
    rows: list[list[float]] = []
    label_column: int | None = -1
    for number, fields in _filled_lines(path):
        where = f"{path}, line {number}"
        if number == 1 and _is_header(fields):
            names = [field.strip().lower() for field in fields]
            label_column = names.index("label") if "label" in names else None
            continue
        rows.append(_numbers(fields, where))
        if len(rows[-1]) != len(rows[0]):
            raise DatasetInvalid(
                f"{where}: {len(rows[-1])} fields, the first sample has {len(rows[0])}"
            )
    if rows and label_column is not None and label_column >= len(rows[0]):
        raise DatasetInvalid(f"{path}: the label column is missing from its lines")
    return rows, label_column


def _filled_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of each line that is not empty."""
    try:
        # A byte-order mark, as Windows' programs write it, is no part of the first field.
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, fields in enumerate(csv.reader(file), start=1):
                if any("\0" in field for field in fields):
                    raise DatasetInvalid(
                        f"{path}, line {number}: NUL bytes in it: is it a text in UTF-16?"
                    )
                if any(field.strip() for field in fields):
                    yield number, fields
    except UnicodeDecodeError as error:
        raise DatasetInvalid(
            f"{path}: not text in UTF-8, from byte {error.start:,} on; save it as UTF-8 (UTF-16 "
            "and a spreadsheet's own format are not read)"
        ) from error
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error
    except csv.Error as error:
        raise DatasetInvalid(f"{path}: not a readable .csv: {error}") from error


def _is_header(fields: list[str]) -> bool:
    """Say whether a first line has names: its first field is neither a number nor meant as one."""
    first = fields[0].strip()
    return real_number(first) is None and not _LIKE_A_NUMBER.match(first)


def _numbers(fields: list[str], where: str) -> list[float]:
    numbers = []
    for position, field in enumerate(fields, start=1):
        number = real_number(field)
        if number is None:
            raise DatasetInvalid(
                f"{where}: field {position} is {field[:40]!r}, not a number that a float32 can hold"
            )
        numbers.append(number)
    return numbers
