"""The numbers of a click log, as a dataset card states them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from edgebench.errors import CardInvalid
from edgebench.text.toml_lines import Keys

Recipe = Literal["random", "popular", "trace"]
RECIPES: tuple[Recipe, ...] = get_args(Recipe)
"""``random``: every row alike. ``popular``: by Zipf's law. ``trace``: by Zipf's law, with lookups
that come back to rows of a short time ago."""


@dataclass(frozen=True)
class Locality:
    """How a trace comes back to rows that it has used.

    Attributes
    ----------
    reuse
        Share of the lookups that take one of the last ``depth`` distinct rows of their table.
    depth
        How far back they reach; fewer than half of a table's rows.
    decay
        The row ``d`` distinct rows ago is taken with a weight of ``d ** -decay``: the distribution
        of LRU stack distances.
    """

    reuse: float
    depth: int
    decay: float


@dataclass(frozen=True)
class ClickSpec:
    """A click log that can be made.

    Attributes
    ----------
    dense, tables, rows, lookups
        Dense features; tables, the rows of each, and rows looked up in each for a sample.
    kinds
        Rows that the teacher tells apart in a table: row ``r`` counts as ``r % kinds``. So tables
        can grow without the task becoming another one.
    samples, seed
        Of the evaluation set.
    zipf
        The k-th most popular row is drawn with a weight of ``k ** -zipf``.
    """

    dense: int
    tables: int
    rows: int
    lookups: int
    kinds: int
    samples: int
    seed: int
    zipf: float
    locality: Locality

    def with_rows(self, rows: int) -> ClickSpec:
        """Return the same task with tables of another size.

        Raises
        ------
        CardInvalid
            If there would be fewer rows than the teacher tells apart.
        """
        if rows < self.kinds:
            raise CardInvalid(f"tables of {rows} rows: there are {self.kinds} kinds of row")
        return dataclasses.replace(self, rows=rows)

    def faults(self) -> Iterator[tuple[Keys, str]]:
        """Yield what makes no log: the way to a field, and what is wrong with it."""
        for name in ("dense", "tables", "rows", "lookups", "kinds", "samples"):
            if getattr(self, name) < 1:
                yield (name,), f"must be at least 1, not {getattr(self, name)}"
        if self.kinds > self.rows:
            yield ("kinds",), f"must be at most the {self.rows} rows, not {self.kinds}"
        if not 0 <= self.locality.reuse < 1:
            yield (
                ("locality", "reuse"),
                f"must be a share from 0 to below 1, not {self.locality.reuse:g}",
            )
        if not 1 <= self.locality.depth <= self.rows // 2:
            yield (
                ("locality", "depth"),
                f"must be from 1 to half of the {self.rows} rows, not {self.locality.depth}",
            )
