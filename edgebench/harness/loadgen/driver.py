"""Between LoadGen's queries and a system's lanes: the path that is timed.

LoadGen calls `Driver.issue` from C++, and an exception must never get back into it: whatever
goes wrong is kept in `Driver.failure`, and from then on (as after `Driver.stop`) queries are
answered at once and empty, so that LoadGen comes to its end quickly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import mlperf_loadgen

from edgebench.clock import now_ns
from edgebench.harness.loadgen.inner_times import InnerTimes
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.sut.contract import AHEAD, Inference, Lane, LaneAhead

Task = tuple[Sequence[int], Sequence[int]]
"""Queries to answer: LoadGen's ids, and the indices of their samples."""

Issue = Callable[[list[int], list[int]], None]
"""What LoadGen's "fast" SUT calls: with the ids of queries, and the indices of their samples."""

SHARES, MOST_CHUNKS = 4, 16
"""A piece is at most this part of what a lane has left, and so many chunks."""

_complete = mlperf_loadgen.QuerySamplesComplete
_Response = mlperf_loadgen.QuerySampleResponse


class Responder:
    """A lane's answers to LoadGen; the response objects are made once and used again."""

    def __init__(self) -> None:
        # By the address of the outputs: a lane that works ahead has two of them.
        self._responses: dict[int, list[Any]] = {}

    def respond(self, ids: Sequence[int], inference: Inference) -> None:
        """Answer queries with the outputs of an inference, in the same order."""
        responses = self._responses.get(inference.address)
        if responses is None or len(ids) != len(responses):
            responses = self._build(len(ids), inference)
        for response, query_id in zip(responses, ids):  # noqa: B905 (they are as many)
            response.id = query_id
        _complete(responses)

    def _build(self, count: int, inference: Inference) -> list[Any]:
        start, stride = inference.address, inference.stride
        responses = [_Response(0, start + i * stride, stride) for i in range(count)]
        self._responses[start] = responses
        return responses


class Driver:
    """Feeds the lanes of a system with LoadGen's queries, as a scenario wants it.

    SingleStream, and MultiStream on one lane, run in LoadGen's own thread: nothing is handed
    over. Otherwise each lane has a thread that takes work from one queue.

    Parameters
    ----------
    chunk
        Offline: how many samples a lane takes at a time at the end of a test; more before.
    batch
        Server: how many waiting queries a lane may take at a time.
    """

    def __init__(
        self, lanes: Sequence[Lane], scenario: ScenarioName, chunk: int = 1, batch: int = 1
    ) -> None:
        self._lanes = lanes
        self._chunk = chunk
        self._batch = batch
        self._work: SimpleQueue[Task | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._stopped = False
        self.failure: Exception | None = None
        self.times = [InnerTimes() for _ in lanes]
        inline = scenario == "singlestream" or (scenario == "multistream" and len(lanes) == 1)
        issuers: dict[ScenarioName, Issue] = {
            "singlestream": self._issue_inline(),
            "multistream": self._issue_inline() if inline else self._issue_shares(),
            "server": self._issue_each,
            "offline": self._issue_chunks,
        }
        self.issue = issuers[scenario]
        # MultiStream's first share is run by LoadGen's thread itself.
        served = () if inline else range(1 if scenario == "multistream" else 0, len(lanes))
        for number in served:
            lane, times = lanes[number], self.times[number]
            serve = partial(self._serve, lane, times)
            if scenario == "offline" and isinstance(lane, LaneAhead):
                serve = partial(self._serve_ahead, lane, times)
            thread = Thread(target=serve, name=f"lane-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    @property
    def samples_done(self) -> int:
        """How many samples all lanes have run."""
        return sum(times.samples for times in self.times)

    @property
    def is_stopped(self) -> bool:
        """Whether queries are no longer run."""
        return self._stopped

    def flush(self) -> None:
        """Nothing waits to be filled up: LoadGen's hint has no use here."""

    def stop(self) -> None:
        """Answer whatever is still to come at once, without running it."""
        self._stopped = True

    def close(self) -> None:
        """End the lanes' threads."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def fail(self, error: Exception) -> None:
        """Keep the first thing that went wrong, and stop."""
        if self.failure is None:
            self.failure = error
        self._stopped = True

    def _issue_inline(self) -> Issue:
        # A closure: its names are found faster than an object's attributes.
        infer, add = self._lanes[0].infer, self.times[0].add
        respond = Responder().respond

        def issue(ids: list[int], indices: list[int]) -> None:
            if self._stopped:
                _answer_empty(ids)
                return
            try:
                inference = infer(indices)
                respond(ids, inference)
            except Exception as error:  # a user's system may raise anything
                self.fail(error)
                _answer_empty(ids)
            else:
                # LoadGen's clock has stopped: this is not part of the latency.
                add(len(ids), inference.invoke_ns)

        return issue

    def _issue_shares(self) -> Issue:
        """Return an issuer that deals a query's samples out to all lanes alike."""
        own = self._issue_inline()
        count = len(self._lanes)

        def issue(ids: list[int], indices: list[int]) -> None:
            for number in range(1, min(count, len(ids))):
                self._work.put((ids[number::count], indices[number::count]))
            own(ids[0::count], indices[0::count])

        return issue

    def _issue_each(self, ids: list[int], indices: list[int]) -> None:
        for query_id, index in zip(ids, indices, strict=True):
            self._work.put(((query_id,), (index,)))

    def _issue_chunks(self, ids: list[int], indices: list[int]) -> None:
        first = 0
        for size in chunk_sizes(len(ids), self._chunk, len(self._lanes)):
            last = first + size
            self._work.put((ids[first:last], indices[first:last]))
            first = last

    def _serve(self, lane: Lane, times: InnerTimes) -> None:
        work = self._work
        respond = Responder().respond
        while (task := work.get()) is not None:
            ids, indices = task if self._batch == 1 else self._with_waiting(task)
            started = now_ns()
            if self._stopped:
                _answer_empty(ids)
                continue
            try:
                inference = lane.infer(indices)
                respond(ids, inference)
                times.add(len(ids), inference.invoke_ns, now_ns() - started)
            except Exception as error:  # a user's system may raise anything
                self.fail(error)
                _answer_empty(ids)

    def _serve_ahead(self, lane: LaneAhead, times: InnerTimes) -> None:
        """Answer one piece while the lane runs the next."""
        respond = Responder().respond
        under_way: deque[Sequence[int]] = deque()
        started = 0
        for task in self._tasks_ahead(under_way):
            ids = under_way[0] if task is None else task[0]
            try:
                if task is not None:
                    started = started if under_way else now_ns()
                    lane.send(task[1])
                    under_way.append(ids)
                    continue
                under_way.popleft()
                inference = lane.receive()
                respond(ids, inference)
                ended = now_ns()
                times.add(len(ids), inference.invoke_ns, ended - started)
                started = ended
            except Exception as error:  # a user's system may raise anything
                self.fail(error)
                _answer_empty(ids)

    def _tasks_ahead(self, under_way: Sized) -> Iterator[Task | None]:
        """Yield a task that is to be sent, or None where the first of those is to be received.

        It ends when nothing is to come and nothing is under way.
        """
        last = False
        while True:
            task = None
            if not last and len(under_way) < AHEAD:
                with suppress(Empty):
                    task = self._work.get(block=not under_way)
                    last = task is None
            if task is not None and self._stopped:
                _answer_empty(task[0])
            elif task is not None or under_way:
                yield task
            elif last:
                return

    def _with_waiting(self, task: Task) -> Task:
        """Add queries that wait already, up to the batch."""
        ids, indices = list(task[0]), list(task[1])
        with suppress(Empty):
            while len(ids) < self._batch and not self._work.empty():
                waiting = self._work.get_nowait()
                if waiting is None:
                    self._work.put(None)
                    break
                ids += waiting[0]
                indices += waiting[1]
        return ids, indices


def chunk_sizes(samples: int, chunk: int, lanes: int) -> Iterator[int]:
    """Yield pieces of an Offline query: large ones first, small ones at the end.

    Large pieces cost little to hand over, small ones let all lanes end together (guided
    self-scheduling: Polychronopoulos and Kuck, IEEE Trans. Computers C-36, 1987).

    Parameters
    ----------
    chunk
        Every size is a multiple of it, but for the last.
    """
    while samples > 0:
        share = samples // (SHARES * lanes) // chunk * chunk
        size = min(samples, max(chunk, min(share, MOST_CHUNKS * chunk)))
        yield size
        samples -= size


def _answer_empty(ids: Sequence[int]) -> None:
    _complete([_Response(query_id, 0, 0) for query_id in ids])
