"""The sizes of a recommendation model, as its card states them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Interaction = Literal["concat", "dot"]


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
        ``dot``: the products of all pairs of the bottom MLP's output and the pooled rows, next to
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
    def mlp_values(self) -> int:
        """Weights and biases of both MLPs."""
        sizes = ((self.dense, *self.bottom), (self.interaction_width, *self.top))
        return sum(b * (a + 1) for each in sizes for a, b in pairwise(each))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what makes no model: a field's name, and what is wrong with it."""
        for name in ("dense", "tables", "rows", "dim", "lookups"):
            if getattr(self, name) < 1:
                yield name, f"must be at least 1, not {getattr(self, name)}"
        for name, last, what in (("bottom", self.dim, "`dim`"), ("top", 1, "1")):
            sizes = getattr(self, name)
            if not sizes or min(sizes) < 1:
                yield name, f"must be sizes of at least 1, not {list(sizes)}"
            elif sizes[-1] != last:
                yield name, f"must end in {what}, not in {sizes[-1]}"
