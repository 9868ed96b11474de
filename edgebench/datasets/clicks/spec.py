"""What a dataset card says of a click log."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

from edgebench.errors import CardInvalid
from edgebench.registry import CardTable

Recipe = Literal["random", "popular", "trace"]
RECIPES: tuple[Recipe, ...] = get_args(Recipe)
"""``random``: every row alike. ``popular``: by Zipf's law. ``trace``: by Zipf's law, with lookups
that come back to rows of a short time ago."""
KEY = "clicks"


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

    def to_toml(self) -> str:
        """Return it as a card has it."""
        values = dataclasses.asdict(self)
        locality = values.pop("locality")
        lines = [f"[{KEY}]", *(f"{name} = {value}" for name, value in values.items())]
        lines += ["", f"[{KEY}.locality]"]
        return "\n".join([*lines, *(f"{name} = {value}" for name, value in locality.items())])


def read_spec(card: CardTable) -> ClickSpec | None:
    """Read a card's ``[clicks]``; None where there is none.

    Raises
    ------
    CardInvalid
        If a number is missing or makes no log.
    """
    if KEY not in card.values:
        return None
    table = card.table(KEY)
    sizes: dict[str, Any] = {
        name: table.get(name, int)
        for name in ("dense", "tables", "rows", "lookups", "kinds", "samples")
    }
    for name, size in sizes.items():
        if size < 1:
            raise CardInvalid(f"{card.card}: `{KEY}.{name}` must be at least 1, not {size}")
    again = table.table("locality")
    locality = Locality(
        again.get("reuse", float), again.get("depth", int), again.get("decay", float)
    )
    spec = ClickSpec(
        **sizes, seed=table.get("seed", int), zipf=table.get("zipf", float), locality=locality
    )
    if not 0 <= locality.reuse < 1 or not 1 <= locality.depth <= spec.rows // 2:
        raise CardInvalid(
            f"{card.card}: `{KEY}.locality`: `reuse` is a share below 1, `depth` at most half of "
            "the rows"
        )
    if spec.kinds > spec.rows:
        raise CardInvalid(f"{card.card}: `{KEY}.kinds` is more than there are rows")
    return spec
