"""The child's side of `lane`: ``python -m edgebench.sut.process.worker FD MEMORY_FD...``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

from edgebench.errors import EdgebenchError, SutFailed
from edgebench.processes.expendable import die_first
from edgebench.sut.host.lanes import SampleLane, lane_on
from edgebench.sut.process.lane import (
    DONE,
    DONE_FORMAT,
    FAILED,
    INFER,
    INFER_FORMAT,
    UNLOAD,
)
from edgebench.sut.process.shared_batch import SharedBatch
from edgebench.sut.samples import Row, SampleStore

FAULTS = (EdgebenchError, ValueError, RuntimeError, KeyError, OSError, MemoryError)
"""What work may raise and the parent learns of; a pipe that has gone is not among it."""


class Worker:
    """A lane, and the samples and the memory that its work is on."""

    def __init__(
        self, lane: SampleLane, store: SampleStore, pieces: Sequence[SharedBatch], inputs: int
    ) -> None:
        self._lane = lane
        self._store = store
        self._pieces = pieces
        self._inputs = inputs

    def next_work(self, pipe: Connection) -> Callable[[], bytes]:
        """Receive what is to be done next; it returns the answer."""
        message = pipe.recv_bytes()
        if message[:1] == INFER:
            _, number, capacity, count = INFER_FORMAT.unpack(message)
            return partial(self._infer, self._pieces[number], capacity, count)
        indices: list[int] = np.frombuffer(pipe.recv_bytes(), np.int64).tolist()
        if message == UNLOAD:
            return partial(self._unload, indices)
        return partial(self._load, {index: self._row(pipe) for index in indices})

    def _row(self, pipe: Connection) -> Row:
        return tuple(memoryview(pipe.recv_bytes()) for _ in range(self._inputs))

    def _infer(self, piece: SharedBatch, capacity: int, count: int) -> bytes:
        piece.map(capacity)
        inference = self._lane.infer(piece.indices[:count].tolist())
        piece.inference.outputs[:count] = inference.outputs[:count]
        return DONE_FORMAT.pack(DONE, inference.invoke_ns)

    def _load(self, rows: dict[int, Row]) -> bytes:
        self._store.put(rows)
        return DONE

    def _unload(self, indices: Sequence[int]) -> bytes:
        self._lane.check_outputs()
        self._store.drop(indices)
        return DONE


def serve(pipe: Connection, memory: Sequence[int]) -> None:
    """Open the model that comes first and answer until the pipe closes."""
    pieces = [SharedBatch(fd) for fd in memory]
    model, runtime, settings, cpus = pipe.recv()
    store = SampleStore()
    try:
        if cpus:
            os.sched_setaffinity(0, cpus)
        lane = lane_on(runtime.bind(model, settings), store, settings.batch)
    except FAULTS as error:
        pipe.send(_sendable(error))
        return
    for piece in pieces:
        piece.stride = lane.output_bytes
    pipe.send(lane.output_bytes)
    worker = Worker(lane, store, pieces, len(model.facts.inputs))
    while True:
        work = worker.next_work(pipe)
        try:
            answer = work()
        except FAULTS as error:
            pipe.send_bytes(FAILED)
            pipe.send(_sendable(error))
        else:
            pipe.send_bytes(answer)


def _sendable(error: BaseException) -> EdgebenchError:
    if isinstance(error, EdgebenchError):
        return error
    return SutFailed(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    try:
        die_first()
        socket, *memory = map(int, sys.argv[1:])
        serve(Connection(socket), memory)
    except (EOFError, OSError):
        # The parent has closed the pipe, or is gone.
        sys.exit(0)
