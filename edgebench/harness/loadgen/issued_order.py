"""The order in which LoadGen drew a test's samples, seen where it issues them."""

from __future__ import annotations

from array import array

from edgebench.harness.loadgen.driver import Issue

KEPT = 1 << 14


class IssuedOrder:
    """Passes LoadGen's queries on, and keeps the indices of the first `KEPT` samples.

    They are kept after the answer, where LoadGen's clock has stopped (SingleStream).
    """

    def __init__(self, issue: Issue) -> None:
        self._issue = issue
        self.indices = array("q")

    def issue(self, ids: list[int], indices: list[int]) -> None:
        """Answer queries."""
        self._issue(ids, indices)
        left = KEPT - len(self.indices)
        if left > 0:
            self.indices.extend(indices[:left])
