"""A lane whose interpreter lives in a process of its own.

Messages go over a socket pair, raw, so that the path that is timed pickles nothing; a piece of
work and its outputs lie in memory that both sides see.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import SutFailed
from edgebench.models.resolve import Model
from edgebench.sut.contract import AHEAD, Inference, SutOptions
from edgebench.sut.piece import Piece
from edgebench.sut.samples import Row

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
LOAD, UNLOAD, INFER, FAILED, DONE = b"L", b"U", b"I", b"F", b"D"
INFER_FORMAT, DONE_FORMAT = struct.Struct("=cBqq"), struct.Struct("=cq")
"""INFER, which of the pieces, how many samples it has room for and how many are to run; and the
answer: DONE and invoke_ns."""


class ProcessLane:
    """An interpreter in a child process; see `Lane`.

    The child is started with `subprocess`, not forked (runtimes have threads) and not spawned
    by `multiprocessing` (which would run the caller's script again).
    """

    def __init__(
        self, model: Model, runtime_name: str, options: SutOptions, cpus: tuple[int, ...]
    ) -> None:
        self._memory = [os.memfd_create(f"edgebench-piece-{number}") for number in range(AHEAD)]
        ours, theirs = socket.socketpair()
        with theirs:
            passed = [theirs.fileno(), *self._memory]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "edgebench.sut.worker", *map(str, passed)],
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                # Ctrl-C is the parent's to handle; the worker ends when its socket closes.
                start_new_session=True,
            )
        self._pipe = Connection(ours.detach())
        self._pipe.send((model, runtime_name, options, cpus))
        self._under_way: deque[int] = deque()

    def __enter__(self) -> Self:
        try:
            if not self._pipe.poll(START_TIMEOUT_S):
                raise SutFailed(f"an instance's process did not start in {START_TIMEOUT_S:.0f} s")
            stride = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise self._died() from error
        except SutFailed:
            self.close()
            raise
        if isinstance(stride, Exception):
            self.close()
            raise stride
        self._pieces = [Piece(fd, stride) for fd in self._memory]
        self._free = list(range(AHEAD))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._pipe.close()
        while self._memory:
            os.close(self._memory.pop())
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def load(self, rows: Mapping[int, Row]) -> None:
        """Send encoded samples."""
        indices = np.fromiter(rows, np.int64, len(rows))
        self._exchange(LOAD, indices, *(part for row in rows.values() for part in row))

    def unload(self, indices: Sequence[int]) -> None:
        """Let samples go."""
        self._exchange(UNLOAD, np.asarray(indices, np.int64))

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples there and fetch their outputs."""
        self.send(indices)
        return self.receive()

    def send(self, indices: Sequence[int]) -> None:
        """Have samples run there; see `LaneAhead`."""
        count = len(indices)
        number = self._free.pop()
        piece = self._pieces[number]
        piece.reserve(count)
        piece.indices[:count] = indices
        try:
            self._pipe.send_bytes(INFER_FORMAT.pack(INFER, number, piece.capacity, count))
        except OSError as error:
            raise self._died() from error
        self._under_way.append(number)

    def receive(self) -> Inference:
        """Fetch the outputs of what was sent; see `LaneAhead`."""
        try:
            reply = self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error
        number = self._under_way.popleft()
        self._free.append(number)
        if reply[:1] != DONE:
            raise SutFailed(reply[1:].decode("utf-8", "replace"))
        inference = self._pieces[number].inference
        _, inference.invoke_ns = DONE_FORMAT.unpack(reply)
        return inference

    def _exchange(self, what: bytes, *arrays: NDArray[np.generic] | memoryview) -> None:
        try:
            self._pipe.send_bytes(what)
            for array in arrays:
                self._pipe.send_bytes(np.ascontiguousarray(array).view(np.uint8).data)
            reply = self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if reply[:1] != DONE:
            raise SutFailed(reply[1:].decode("utf-8", "replace"))

    def _died(self) -> SutFailed:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        why = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return SutFailed(
            f"the process {self._process.pid} of an instance has ended ({why}); "
            f"{os.cpu_count()} CPUs and memory for every instance are needed: try fewer --instances"
        )
