"""Which worker holds which tables, and what that makes them send each other."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import UsageError
from edgebench.models.geometry import Geometry

VALUE_BYTES = 4
"""Pooled rows travel in float32."""


@dataclass(frozen=True)
class Placement:
    """Tables of one size, dealt out in turn, and a batch cut into equal parts.

    DLRM's butterfly (Naumov et al., 1906.00091, section 4): every worker pools its own tables for
    the whole batch, then sends each of the others the rows of that one's part.
    """

    geometry: Geometry
    workers: int
    batch: int

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= self.geometry.tables:
            raise UsageError(
                f"`workers`: {self.geometry.tables} tables can be split over 1 to "
                f"{self.geometry.tables} workers, not {self.workers}",
                field="workers",
                value=self.workers,
            )
        if self.batch < 1 or self.batch % self.workers:
            raise UsageError(
                f"`batch`: {self.batch} samples can't be cut into {self.workers} equal parts",
                field="batch",
                value=self.batch,
            )

    @property
    def part(self) -> int:
        """How many samples of a batch a worker's MLPs take."""
        return self.batch // self.workers

    def tables_of(self, rank: int) -> range:
        """Return the tables that a worker holds."""
        return range(rank, self.geometry.tables, self.workers)

    def block_values(self, rank: int) -> int:
        """Return how many values a worker sends to each worker, itself included."""
        return self.part * len(self.tables_of(rank)) * self.geometry.dim

    def sent_bytes(self, rank: int) -> int:
        """Return what a worker sends to all others, a batch."""
        return (self.workers - 1) * self.block_values(rank) * VALUE_BYTES

    def table_bytes(self, rank: int) -> int:
        """Return how much memory a worker's tables take."""
        rows = len(self.tables_of(rank)) * self.geometry.rows
        return rows * self.geometry.dim * VALUE_BYTES
