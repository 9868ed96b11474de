"""A lane whose interpreter lives in a process of its own.

Messages go over a socket pair: the first byte says what, the rest is raw arrays, so that the
path that is timed pickles nothing.
"""

from __future__ import annotations

import os
import socket
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
from edgebench.sut.contract import Inference, SutOptions
from edgebench.sut.samples import Row

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
LOAD, UNLOAD, INFER, FAILED, DONE = b"L", b"U", b"I", b"F", b"D"
HEADER_BYTES = 16
"""A reply to INFER: DONE padded to 8 bytes, invoke_ns as int64, then the outputs."""


class ProcessLane:
    """An interpreter in a child process; see `Lane`.

    The child is started with `subprocess`, not forked (runtimes have threads) and not spawned
    by `multiprocessing` (which would run the caller's script again).
    """

    def __init__(
        self, model: Model, runtime_name: str, options: SutOptions, cpus: tuple[int, ...]
    ) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "edgebench.sut.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # Ctrl-C is the parent's to handle; the worker ends when its socket closes.
                start_new_session=True,
            )
        # What lies in a socket has the kernel's own records with it, which count as well.
        self._room_bytes = ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 3
        self._under_way = 0
        self._held: deque[bytes] = deque()
        self._pipe = Connection(ours.detach())
        self._pipe.send((model, runtime_name, options, cpus))
        self._reply = bytearray()

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
        self._stride = int(stride)
        self._reserve(1)
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
        """Have samples run there; see `LaneAhead`.

        While something is under way the other end may wait for us to take its answer, and reads
        nothing: what the socket may have no room for is sent when that answer is here.
        """
        if len(indices) > len(self._inference.outputs):
            self._reserve(len(indices))
        message = INFER + np.asarray(indices, np.int64).tobytes()
        is_large = len(message) > self._room_bytes
        if self._held or self._under_way > 1 or (self._under_way and is_large):
            self._held.append(message)
        else:
            self._send(message)

    def _send(self, message: bytes) -> None:
        try:
            self._pipe.send_bytes(message)
        except OSError as error:
            raise self._died() from error
        self._under_way += 1

    def receive(self) -> Inference:
        """Fetch the outputs of what was sent; see `LaneAhead`."""
        try:
            received = self._pipe.recv_bytes_into(self._reply)
        except (EOFError, OSError) as error:
            raise self._died() from error
        self._under_way -= 1
        if self._held:
            self._send(self._held.popleft())
        if self._reply[:1] != DONE:
            raise SutFailed(bytes(self._reply[1:received]).decode("utf-8", "replace"))
        self._inference.invoke_ns = int.from_bytes(self._reply[8:16], sys.byteorder)
        return self._inference

    def _reserve(self, count: int) -> None:
        self._reply = bytearray(HEADER_BYTES + count * self._stride)
        whole = np.frombuffer(self._reply, np.uint8)
        self._inference = Inference(whole[HEADER_BYTES:].reshape(count, self._stride))

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
