from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from itertools import pairwise

import mlperf_loadgen
import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import SutFailed
from edgebench.harness.loadgen import driver as driver_module
from edgebench.harness.loadgen.driver import Driver, chunk_sizes
from edgebench.harness.loadgen.inner_times import KEPT, InnerTimes, median_ns
from edgebench.models.resolve import resolve_model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import Inference
from edgebench.sut.process.lane import ProcessLane
from tests.sut.opened import sut_factory


def test_inner_times_are_spread_over_the_whole_test() -> None:
    times = InnerTimes()
    total = 5 * KEPT
    for number in range(total):
        times.add(1, number)
    kept = times.kept("invoke_ns")
    assert KEPT // 2 <= len(kept) <= KEPT
    assert times.count == times.samples == total
    # Evenly, from the first to the last.
    steps = {later - earlier for earlier, later in pairwise(kept)}
    assert len(steps) == 1
    assert kept[0] == 0
    assert kept[-1] > total - 10
    assert abs(median_ns([times], "invoke_ns") - total / 2) < 20


def test_the_median_of_nothing_is_nothing() -> None:
    assert median_ns([InnerTimes()], "invoke_ns") == 0


def test_nothing_is_allocated_where_queries_are_issued_and_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Outside a test LoadGen can't be told of a completion: all else here is the real path.
    answered: list[int] = []

    def complete(responses: list[mlperf_loadgen.QuerySampleResponse]) -> None:
        answered[0:] = [responses[0].id]

    monkeypatch.setattr(driver_module, "_complete", complete)
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        sut.load({0: data.sample(0)})
        driver = Driver(sut.lanes, "singlestream")
        ids, indices = [7], [0]
        for _ in range(10):
            driver.issue(ids, indices)
        tracemalloc.start()
        try:
            driver.issue(ids, indices)
            before = tracemalloc.take_snapshot()
            tracemalloc.reset_peak()
            started, _ = tracemalloc.get_traced_memory()
            for _ in range(500):
                driver.issue(ids, indices)
            _, peak = tracemalloc.get_traced_memory()
            after = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
    assert answered == [7]
    assert driver.failure is None
    ours = [tracemalloc.Filter(True, f"*/edgebench/{part}/*") for part in ("sut", "harness")]
    grown = after.filter_traces(ours).compare_to(before.filter_traces(ours), "lineno")
    # A few numbers stay (the last time, the counts), and for a while there are a few more; no
    # object a query, and nothing as large as a sample (490 bytes).
    assert sum(each.size_diff for each in grown) < 400
    assert peak - started < 490


@pytest.mark.parametrize(("samples", "chunk", "lanes"), [(24_576, 64, 2), (5, 8, 4), (1000, 7, 3)])
def test_an_offline_query_is_dealt_in_pieces_that_get_smaller(
    samples: int, chunk: int, lanes: int
) -> None:
    sizes = list(chunk_sizes(samples, chunk, lanes))
    assert sum(sizes) == samples
    assert sizes == sorted(sizes, reverse=True)
    assert all(size % chunk == 0 for size in sizes[:-1])
    assert max(sizes) <= max(16 * chunk, samples % chunk)
    # No lane waits at the end for longer than one small piece takes.
    assert sizes[-1] <= chunk


def test_a_piece_that_can_t_be_sent_is_answered_empty_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one before it has its own outputs, and as many as were asked for."""
    answered: dict[int, int] = {}

    class Full:
        """A lane with room for one piece."""

        def __init__(self) -> None:
            self.sent = 0
            self.inference = Inference(np.zeros((2, 4), np.uint8))

        def infer(self, indices: Sequence[int]) -> Inference:
            raise NotImplementedError

        def send(self, indices: Sequence[int]) -> None:
            self.sent += 1
            if self.sent == 2:
                raise SutFailed("no memory")

        def receive(self) -> Inference:
            return self.inference

    def complete(responses: list[mlperf_loadgen.QuerySampleResponse]) -> None:
        answered.update((response.id, response.size) for response in responses)

    monkeypatch.setattr(driver_module, "_complete", complete)
    driver = Driver([Full()], "offline")
    monkeypatch.setattr(driver_module, "chunk_sizes", lambda *_: (2, 6))
    driver.issue(list(range(8)), [0] * 8)
    driver.close()
    assert answered == {0: 4, 1: 4} | dict.fromkeys(range(2, 8), 0)
    assert isinstance(driver.failure, SutFailed)


@pytest.mark.parametrize("dies", [False, True])
def test_offline_a_process_has_its_next_piece_while_it_runs_one(
    monkeypatch: pytest.MonkeyPatch, *, dies: bool
) -> None:
    answered: list[int] = []
    under_way: list[int] = []
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    options = RuntimeSettings(instance_kind="processes")
    with sut_factory("litert")(model, options) as sut:
        (lane,) = sut.lanes
        assert isinstance(lane, ProcessLane)
        sut.load({0: data.sample(0)})
        sent = 0
        send = lane.send

        def counted(indices: Sequence[int]) -> None:
            nonlocal sent
            send(indices)
            sent += len(indices)

        def complete(responses: list[mlperf_loadgen.QuerySampleResponse]) -> None:
            if not answered and dies:
                lane._process.kill()
            under_way.append(sent - len(answered))
            answered.extend(response.id for response in responses)

        monkeypatch.setattr(lane, "send", counted)
        monkeypatch.setattr(driver_module, "_complete", complete)
        driver = Driver(sut.lanes, "offline", chunk=10)
        driver.issue(list(range(1000)), [0] * 1000)
        driver.close()
    # Each of them once, also by a system that has failed: LoadGen waits for every one.
    assert sorted(answered) == list(range(1000))
    if dies:
        assert isinstance(driver.failure, SutFailed)
        assert "has ended (signal 9)" in str(driver.failure)
    else:
        assert driver.failure is None
        assert driver.samples_done == 1000
        # When a piece is answered the next is there; it is only the last that has none behind it.
        sizes = list(chunk_sizes(1000, 10, 1))
        assert under_way == [sum(pair) for pair in zip(sizes, [*sizes[1:], 0], strict=True)]
