"""How large a recommendation model is: the numbers that its card states."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from edgebench.errors import CardInvalid
from edgebench.registry import CardTable

Interaction = Literal["concat", "dot"]
KEY = "recommendation"


@dataclass(frozen=True)
class Geometry:
    """A DLRM's shape (Naumov et al., 1906.00091).

    Attributes
    ----------
    dense, tables, rows, dim, lookups
        Dense features; tables, the rows of each and their width; rows that are looked up and
        summed in each table for a sample.
    bottom, top
        Widths of the layers of the MLP over the dense features, which ends in ``dim``, and of the
        one over the interaction, which ends in 1.
    interaction
        ``dot``: the products of all pairs of the bottom MLP's output and the pooled rows, beside
        that output. ``concat``: all of them side by side.
    """

    dense: int
    tables: int
    rows: int
    dim: int
    lookups: int
    bottom: tuple[int, ...]
    top: tuple[int, ...]
    interaction: Interaction

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The pairs that the dot interaction keeps: each once, none with itself."""
        return tuple((i, j) for i in range(self.tables + 1) for j in range(i))

    @property
    def interaction_width(self) -> int:
        """How many values the top MLP takes."""
        if self.interaction == "dot":
            return self.dim + len(self.pairs)
        return self.dim * (self.tables + 1)

    @property
    def table_values(self) -> int:
        """Of all tables."""
        return self.tables * self.rows * self.dim

    @property
    def mlp_values(self) -> int:
        """Weights and biases of both MLPs."""
        sizes = ((self.dense, *self.bottom), (self.interaction_width, *self.top))
        return sum(b * (a + 1) for each in sizes for a, b in pairwise(each))


def read_geometry(card: CardTable) -> Geometry | None:
    """Read a model card's ``[recommendation]``; None where there is none.

    Raises
    ------
    CardInvalid
        If a number is missing or makes no model.
    """
    if KEY not in card.values:
        return None
    table = card.table(KEY)
    interaction = table.get("interaction", str)
    sizes = {name: table.get(name, int) for name in ("dense", "tables", "rows", "dim", "lookups")}
    bottom, top = (tuple(table.get(name, list)) for name in ("bottom", "top"))
    if interaction not in ("concat", "dot"):
        raise CardInvalid(f"{card.card}: `{KEY}.interaction` is concat or dot, not {interaction!r}")
    if not all(type(each) is int and each > 0 for each in (*sizes.values(), *bottom, *top)):
        raise CardInvalid(f"{card.card}: the sizes of `{KEY}` are whole numbers above 0")
    if not bottom or bottom[-1] != sizes["dim"] or not top or top[-1] != 1:
        raise CardInvalid(f"{card.card}: `{KEY}.bottom` ends in `dim`, `{KEY}.top` in 1")
    return Geometry(**sizes, bottom=bottom, top=top, interaction=interaction)  # type: ignore[arg-type]
