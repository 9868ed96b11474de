"""A trend within a performance test, as run.json has it."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.rundir.records.base import Record


@dataclass(frozen=True, repr=False)
class DriftRecord(Record):
    """A trend of latency or power within the performance test: `edgebench.statistics.drift`.

    ``share`` is the change from its beginning to its end, of its middle; ``matters`` says that it
    is neither chance nor small.
    """

    what: str
    share: float
    p_value: float
    matters: bool
