"""How much memory the lookups of a click log touch, and how large a model must be to touch more.

Rows of large tables alone go to no memory: samples that are repeated touch the same rows again. So
what counts is the distinct cache lines that all samples of a log touch.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from math import ceil

import numpy as np

from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.rows import Rows
from edgebench.datasets.clicks.spec import ClickSpec
from edgebench.models.geometry import Geometry
from edgebench.models.recommend.graph import TABLE_BITS, Format

LINE_BYTES = 64
BEYOND = 2
"""What is touched is this many times a cache: half of it may be there by chance."""
TABLES = 4 * BEYOND
"""Tables are this many times a cache, or as large as a file holds: most lookups are of few rows."""
LEAST_MORE, MOST_MORE = 1.2, 4.0
"""By what factor samples are added at a time."""


@dataclass(frozen=True)
class Size:
    """Rows per table, samples of the log, and the distinct cache lines that they touch."""

    rows: int
    samples: int
    lines: int


def touched_lines(rows: Rows, geometry: Geometry, form: Format) -> int:
    """Return how many distinct cache lines the lookups of some samples touch.

    Parameters
    ----------
    rows
        Shape (samples, tables, lookups).

    Returns
    -------
    Those of tables that begin at a cache line; elsewhere there may be more.
    """
    row_bytes = row_bytes_of(geometry, form)
    lines = 0
    for table in range(rows.shape[1]):
        first = np.unique(rows[:, table]).astype(np.int64) * row_bytes
        last = (first + row_bytes - 1) // LINE_BYTES
        longest = ceil(row_bytes / LINE_BYTES) + 1
        each = first[:, None] // LINE_BYTES + np.arange(longest)
        lines += np.unique(each[each <= last[:, None]]).size
    return lines


def row_bytes_of(geometry: Geometry, form: Format) -> int:
    """Return what a row of a table takes, in whole bytes."""
    return -(-geometry.dim * TABLE_BITS[form] // 8)


def size_beyond(
    geometry: Geometry, clicks: ClickSpec, form: Format, cache_bytes: int, most_rows: int
) -> Size:
    """Return a size at which a log's trace touches `BEYOND` times as much as a cache holds.

    Parameters
    ----------
    most_rows
        Per table, as a file has space for them.
    """
    row_bytes = row_bytes_of(geometry, form) * geometry.tables
    rows = geometry.rows * max(1, ceil(TABLES * cache_bytes / row_bytes / geometry.rows))
    rows = max(geometry.rows, min(rows, most_rows))
    wanted = min(BEYOND * cache_bytes, rows * row_bytes // BEYOND) / LINE_BYTES
    samples = clicks.samples
    while True:
        spec = dataclasses.replace(clicks, rows=rows, samples=samples)
        lines = touched_lines(make_log(spec, "trace").rows, geometry, form)
        if lines >= wanted:
            return Size(rows, samples, lines)
        samples = ceil(samples * min(MOST_MORE, LEAST_MORE * max(1.0, wanted / lines)))
