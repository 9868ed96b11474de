"""A lane whose instance lives in a process of its own.

Messages go over a socket pair, raw, so that the path that is timed pickles nothing; a piece of
work and its outputs lie in memory that both sides see.
"""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import SutFailed
from edgebench.files.refusals import refusal
from edgebench.host.cgroup.memory import nearest_oom_kills
from edgebench.host.limits import host_limits
from edgebench.models.resolve import Model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import AHEAD, Inference
from edgebench.sut.host.bound import HostDriver
from edgebench.sut.process.shared_batch import SharedBatch, nameless_memory
from edgebench.sut.samples import Row

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
LOAD, UNLOAD, INFER, FAILED, DONE = b"L", b"U", b"I", b"F", b"D"
INFER_FORMAT, DONE_FORMAT = struct.Struct("=cBqq"), struct.Struct("=cq")
"""INFER, which of the pieces, how many samples it has room for and how many are to run; and the
answer: DONE and invoke_ns. After FAILED the error itself is sent."""


class ProcessLane(CloseOnExit):
    """An instance in a child process; see `Lane`.

    The child is started with `subprocess`, not forked (runtimes have threads) and not spawned
    by `multiprocessing` (which would run the caller's script again).
    """

    def __init__(
        self,
        model: Model,
        runtime: HostDriver,
        settings: RuntimeSettings,
        cpus: tuple[int, ...],
    ) -> None:
        self._opening = (model, runtime, settings, cpus)
        self._pieces: list[SharedBatch] = []
        self._under_way: deque[int] = deque()
        self._free = list(range(AHEAD))
        self._kills_before: int | None = None
        self._pipe: Connection
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                self._start(opened)
            except OSError as error:
                raise SutFailed(
                    f"an instance's process can't be started: {refusal(error)}; try fewer "
                    "`instances`"
                ) from error
            try:
                self._pipe.send(self._opening)
                if not self._pipe.poll(START_TIMEOUT_S):
                    raise SutFailed(
                        f"an instance's process did not start in {START_TIMEOUT_S:.0f} s"
                    )
                stride = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise self._died() from error
            if isinstance(stride, Exception):
                raise stride
            opened.pop_all()
        for piece in self._pieces:
            piece.stride = stride
        return self

    def _start(self, opened: ExitStack) -> None:
        for _ in range(AHEAD):
            self._pieces.append(SharedBatch(nameless_memory()))
        self._kills_before = nearest_oom_kills()
        ours, theirs = socket.socketpair()
        self._pipe = Connection(ours.detach())
        opened.callback(self._pipe.close)
        with theirs:
            passed = [theirs.fileno(), *(piece.fd for piece in self._pieces)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "edgebench.sut.process.worker", *map(str, passed)],
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                # Ctrl-C is the parent's to handle; the worker ends when its socket closes.
                start_new_session=True,
            )
        opened.callback(self.close)

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._pipe.close()
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
        number = self._free[-1]
        piece = self._pieces[number]
        piece.reserve(count)
        piece.indices[:count] = indices
        try:
            self._pipe.send_bytes(INFER_FORMAT.pack(INFER, number, piece.capacity, count))
        except OSError as error:
            raise self._died() from error
        self._under_way.append(self._free.pop())

    def receive(self) -> Inference:
        """Fetch the outputs of what was sent; see `LaneAhead`."""
        number = self._under_way.popleft()
        self._free.append(number)
        reply = self._reply()
        if reply[:1] == FAILED:
            raise self._failure()
        inference = self._pieces[number].inference
        _, inference.invoke_ns = DONE_FORMAT.unpack(reply)
        return inference

    def _exchange(self, what: bytes, *arrays: NDArray[np.generic] | memoryview) -> None:
        try:
            self._pipe.send_bytes(what)
            for array in arrays:
                self._pipe.send_bytes(np.ascontiguousarray(array).view(np.uint8).data)
        except OSError as error:
            raise self._died() from error
        if self._reply() == FAILED:
            raise self._failure()

    def _reply(self) -> bytes:
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error

    def _failure(self) -> Exception:
        """Return what the worker raised, which it sends after `FAILED`."""
        try:
            failure: Exception = self._pipe.recv()
        except (EOFError, OSError):
            return self._died()
        return failure

    def _died(self) -> SutFailed:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        code = self._process.returncode
        if code is None:
            return SutFailed(f"the process {self._process.pid} of an instance does not answer")
        return SutFailed(
            f"the process {self._process.pid} of an instance {self._end(code)}; try fewer "
            "`instances`"
        )

    def _end(self, code: int) -> str:
        """Say how the process ended; the kernel kills it by the same signal as anybody else."""
        kills = nearest_oom_kills()
        if code == -signal.SIGKILL and kills is not None and kills > (self._kills_before or 0):
            memory = host_limits().memory
            return (
                f"was killed by the kernel: out of memory{f' under the {memory}' if memory else ''}"
            )
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"has ended ({why}); was there memory for it?"
