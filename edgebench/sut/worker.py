"""The child's side of `process_lane`: ``python -m edgebench.sut.worker FD MEMORY_FD...``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np

from edgebench.errors import EdgebenchError
from edgebench.runtimes import RUNTIMES
from edgebench.sut.interpreter import InterpreterLane
from edgebench.sut.piece import Piece
from edgebench.sut.process_lane import (
    DONE,
    DONE_FORMAT,
    FAILED,
    INFER,
    INFER_FORMAT,
    LOAD,
    UNLOAD,
)
from edgebench.sut.samples import Row, SampleStore
from edgebench.sut.tflite import open_lane


def serve(pipe: Connection, memory: Sequence[int]) -> None:
    """Open the model that comes first and answer until the pipe closes."""
    model, runtime_name, options, cpus = pipe.recv()
    if cpus:
        os.sched_setaffinity(0, cpus)
    store = SampleStore()
    try:
        lane, _, _ = open_lane(model, RUNTIMES[runtime_name], options, store)
    except EdgebenchError as error:
        pipe.send(error)
        return
    pipe.send(lane.output_bytes)
    pieces = [Piece(fd, lane.output_bytes) for fd in memory]
    inputs = len(model.facts.inputs)
    while True:
        message = pipe.recv_bytes()
        try:
            if message[:1] == INFER:
                answer = _run(message, lane, pieces)
            else:
                answer = _hold(message[:1], pipe, store, inputs)
        except (EdgebenchError, ValueError, RuntimeError, KeyError) as error:
            answer = FAILED + f"{type(error).__name__}: {error}".encode()
        pipe.send_bytes(answer)


def _run(message: bytes, lane: InterpreterLane, pieces: Sequence[Piece]) -> bytes:
    _, number, capacity, count = INFER_FORMAT.unpack(message)
    piece = pieces[number]
    piece.map(capacity)
    inference = lane.infer(piece.indices[:count].tolist())
    piece.inference.outputs[:count] = inference.outputs[:count]
    return DONE_FORMAT.pack(DONE, inference.invoke_ns)


def _hold(what: bytes, pipe: Connection, store: SampleStore, inputs: int) -> bytes:
    numbers = np.frombuffer(pipe.recv_bytes(), np.int64).tolist()
    if what == LOAD:
        store.put({index: _received_row(pipe, inputs) for index in numbers})
    elif what == UNLOAD:
        store.drop(numbers)
    return DONE


def _received_row(pipe: Connection, inputs: int) -> Row:
    return tuple(memoryview(pipe.recv_bytes()) for _ in range(inputs))


if __name__ == "__main__":
    try:
        socket, *memory = map(int, sys.argv[1:])
        serve(Connection(socket), memory)
    except (EOFError, OSError):
        # The parent has closed the pipe, or is gone.
        sys.exit(0)
