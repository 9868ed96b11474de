"""A system whose samples are queries of several items; see `edgebench.datasets.queries`.

A lane runs a query's items one after the other, or as many at a time as its batch has. LoadGen
gets the outputs of all items in one answer, which is always as long as that of the longest query:
what a shorter one does not fill is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Queries, Sample
from edgebench.errors import SutFailed
from edgebench.rundir.records.sut import SutDescription
from edgebench.sut.contract import Inference, Lane, SystemUnderTest


class QueryLane:
    """A lane that takes queries; see `Lane`."""

    def __init__(self, lane: Lane, queries: Queries) -> None:
        self._lane = lane
        starts = queries.starts.tolist()
        self._items = [range(a, b) for a, b in pairwise(starts)]
        self._longest = queries.longest
        self._inference: Inference | None = None

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded queries and return the outputs of their items."""
        invoke_ns = 0
        for place, index in enumerate(indices):
            items = self._items[index]
            ran = self._lane.infer(items)
            inference = self._room(len(indices), ran.stride)
            filled = len(items) * ran.stride
            row = inference.outputs[place]
            row[:filled] = ran.outputs[: len(items)].reshape(-1)
            row[filled:] = 0
            invoke_ns += ran.invoke_ns
        if self._inference is None:
            raise SutFailed("no query was asked for")
        self._inference.invoke_ns = invoke_ns
        return self._inference

    def _room(self, queries: int, stride: int) -> Inference:
        found = self._inference
        if found is None or len(found.outputs) < queries:
            larger = np.zeros((queries, self._longest * stride), np.uint8)
            if found is not None:
                larger[: len(found.outputs)] = found.outputs
            found = self._inference = Inference(larger)
        return found


class QuerySut(CloseOnExit):
    """A system under test that takes queries, on one that takes their items."""

    def __init__(self, sut: SystemUnderTest, queries: Queries) -> None:
        self._sut = sut
        self._queries = queries
        self._opened = ExitStack()
        self.lanes: Sequence[Lane] = tuple(QueryLane(lane, queries) for lane in sut.lanes)

    @property
    def description(self) -> SutDescription:
        """The description of the system itself."""
        return self._sut.description

    def __enter__(self) -> Self:
        self._opened.enter_context(self._sut)
        return self

    def close(self) -> None:
        """Close the system itself."""
        self._opened.close()

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Hold queries ready: their items are the system's samples."""
        self._sut.load(
            {
                item: tuple(part[place] for part in sample)
                for index, sample in samples.items()
                for place, item in enumerate(self._queries.items_of(index))
            }
        )

    def unload(self, indices: Sequence[int]) -> None:
        """Let queries go."""
        self._sut.unload([item for index in indices for item in self._queries.items_of(index)])

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded queries on the first lane."""
        return self.lanes[0].infer(indices)

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Return each output of as many items as the longest query has, shape (items, ...)."""
        longest = self._queries.longest
        stride, rest = divmod(len(output), longest)
        if rest or not stride:
            raise SutFailed(f"{len(output)} bytes are no answer to a query of {longest} items")
        items = [
            self._sut.decode(output[first : first + stride])
            for first in range(0, len(output), stride)
        ]
        return tuple(np.stack(parts) for parts in zip(*items, strict=True))
