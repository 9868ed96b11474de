"""The child's side of `process_lane`: ``python -m edgebench.sut.worker FD``."""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection

import numpy as np

from edgebench.errors import EdgebenchError
from edgebench.runtimes import RUNTIMES
from edgebench.sut.interpreter import InterpreterLane
from edgebench.sut.process_lane import DONE, FAILED, INFER, LOAD, UNLOAD
from edgebench.sut.samples import Row, SampleStore
from edgebench.sut.tflite import open_lane


def serve(pipe: Connection) -> None:
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
    inputs = len(model.facts.inputs)
    while True:
        message = pipe.recv_bytes()
        try:
            pipe.send_bytes(_answer(message, pipe, lane, store, inputs))
        except (EdgebenchError, ValueError, RuntimeError, KeyError) as error:
            pipe.send_bytes(FAILED + f"{type(error).__name__}: {error}".encode())


def _answer(
    message: bytes, pipe: Connection, lane: InterpreterLane, store: SampleStore, inputs: int
) -> bytes:
    what = message[:1]
    if what == INFER:
        indices = np.frombuffer(message, np.int64, offset=1).tolist()
        inference = lane.infer(indices)
        head = DONE.ljust(8, b"\0") + inference.invoke_ns.to_bytes(8, sys.byteorder)
        return head + inference.outputs[: len(indices)].tobytes()
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
        serve(Connection(int(sys.argv[1])))
    except (EOFError, OSError):
        # The parent has closed the pipe, or is gone.
        sys.exit(0)
