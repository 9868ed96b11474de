"""Read Criteo's click logs: lines of a label, 13 counts and 26 hashed categories, between tabs.

The layout of the Kaggle and of the Terabyte logs. Counts become log(1 + x), what is missing 0;
a category is its hash modulo the rows of a table, as DLRM's own loader has it
(`--max-ind-range`).
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.clicks.spec import ClickSpec
from edgebench.datasets.dataset import Dataset
from edgebench.errors import DatasetInvalid, DatasetMismatch
from edgebench.files.regular_files import require_plain_file

COUNTS, CATEGORIES = 13, 26
FIELDS = 1 + COUNTS + CATEGORIES
MOST_LINES = 1_000_000
"""A day of the Terabyte log has 200 million; more than this is not held in memory."""
MOST_LINE_BYTES = 4096
_COUNT = re.compile(r"(?:-?\d{1,18})?", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{0,16}")


def load_criteo(path: Path, spec: ClickSpec) -> Dataset:
    """Open a log; at most its first `MOST_LINES` lines are read.

    Raises
    ------
    DatasetMismatch
        If the dataset's card has other sizes than Criteo's logs.
    DatasetInvalid
        If a line is not of that layout (the message says which).
    """
    if (spec.dense, spec.tables, spec.lookups) != (COUNTS, CATEGORIES, 1):
        raise DatasetMismatch(
            f"Criteo's logs have {COUNTS} counts and {CATEGORIES} categories of one value; this "
            f"card has {spec.dense} and {spec.tables} of {spec.lookups}"
        )
    labels: list[int] = []
    dense: list[NDArray[np.float32]] = []
    rows: list[NDArray[np.int32]] = []
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            # Up to a limit, so that a file without ends of lines is not held whole.
            lines = iter(lambda: file.readline(MOST_LINE_BYTES), b"")
            for number, line in enumerate(islice(lines, MOST_LINES), start=1):
                where = f"{path}, line {number}"
                if len(line) == MOST_LINE_BYTES:
                    raise DatasetInvalid(f"{where}: longer than {MOST_LINE_BYTES:,} bytes")
                label, counts, categories = _parsed(line.decode("latin-1"), spec.rows, where)
                labels.append(label)
                dense.append(counts)
                rows.append(categories)
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {error.strerror}") from error
    if not labels:
        raise DatasetInvalid(f"{path}: no line in it")
    return Dataset(
        name=path.stem,
        count=len(labels),
        sample=lambda index: (dense[index], rows[index]),
        labels=np.array(labels, np.int64),
        source=str(path),
    )


def _parsed(
    line: str, table_rows: int, where: str
) -> tuple[int, NDArray[np.float32], NDArray[np.int32]]:
    fields = line.rstrip("\r\n").split("\t")
    if len(fields) != FIELDS:
        raise DatasetInvalid(f"{where}: {len(fields)} fields between tabs, not {FIELDS}")
    if fields[0] not in ("0", "1"):
        raise DatasetInvalid(f"{where}: the label is {fields[0][:20]!r}, not 0 or 1")
    numbers, hashed = fields[1 : 1 + COUNTS], fields[1 + COUNTS :]
    for kind, pattern, found in (("a count", _COUNT, numbers), ("a hash", _HASH, hashed)):
        wrong = next((each for each in found if not pattern.fullmatch(each)), None)
        if wrong is not None:
            raise DatasetInvalid(f"{where}: {wrong[:40]!r} is not {kind}")
    counts = [int(each or "0") for each in numbers]
    hashes = [int(each or "0", 16) for each in hashed]
    # Counts below 0 occur (-1, -2 and -3 in the Kaggle log): they count as 0.
    dense = np.log1p(np.maximum(np.array(counts, np.float64), 0)).astype(np.float32)
    rows = np.array([each % table_rows for each in hashes], np.int32)
    return int(fields[0]), dense, rows[:, None]
