"""Carry audio and pins between a socket and the files that an emulated board has for them.

An emulated board reads samples from the file ``audio`` of its emulator's current folder as it
grows, and writes its pins' edges to ``pins`` (``firmware_host/ports/mps2/audio_mps2.c``).
"""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import UsageError
from edgebench.files.refusals import refusal

logger = logging.getLogger(__name__)

AUDIO, PINS = "audio", "pins"
CHUNK_BYTES = 1 << 16


class AudioRelay(CloseOnExit):
    """A context manager: `folder` is where the emulator runs.

    Parameters
    ----------
    path
        A Unix stream socket that somebody listens at; None: the board has no audio.

    Raises
    ------
    UsageError
        If nobody listens there.
    """

    def __init__(self, path: Path | None) -> None:
        self._stack = ExitStack()
        with self._stack as stack:
            folder = stack.enter_context(TemporaryDirectory(prefix="edgebench-audio-"))
            self.folder = Path(folder)
            if path is not None:
                self._carry(stack, path)
            self._stack = stack.pop_all()

    def _carry(self, stack: ExitStack, path: Path) -> None:
        board = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        try:
            board.connect(str(path))
        except OSError as error:
            raise UsageError(
                f"`audio`: nobody listens at the socket {path}: {refusal(error)}", field="audio"
            ) from error
        audio = stack.enter_context((self.folder / AUDIO).open("wb", buffering=0))
        os.mkfifo(self.folder / PINS)
        # Open for writing as well, so that it neither waits for the emulator nor ends with it.
        pins = os.open(self.folder / PINS, os.O_RDWR | os.O_NONBLOCK)
        stack.callback(os.close, pins)
        stop, stopped = os.pipe()
        stack.callback(os.close, stop)
        thread = threading.Thread(
            target=_relay, args=(board, audio.fileno(), pins, stop), daemon=True
        )
        stack.callback(thread.join)
        stack.callback(os.close, stopped)
        thread.start()

    def close(self) -> None:
        """Stop carrying, and remove the folder."""
        self._stack.close()


def _relay(board: socket.socket, audio: int, pins: int, stop: int) -> None:
    """Carry both ways until ``stop`` is closed."""
    sends = receives = True
    while True:
        ready, _, _ = select.select([pins, stop, *[board.fileno()] * receives], [], [])
        if stop in ready:
            return
        if pins in ready:
            # Read even where nobody hears it: an emulator that waits for that answers no one.
            edges = os.read(pins, CHUNK_BYTES)
            sends = sends and _sent(board, edges)
        if board.fileno() in ready:
            samples = _received(board)
            receives = bool(samples)
            _write(audio, samples)


def _sent(board: socket.socket, edges: bytes) -> bool:
    try:
        board.sendall(edges)
    except OSError as error:
        logger.warning("the pins' edges go nowhere: %s", refusal(error))
        return False
    return True


def _received(board: socket.socket) -> bytes:
    try:
        return board.recv(CHUNK_BYTES)
    except OSError as error:
        logger.warning("no more audio comes: %s", refusal(error))
        return b""


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
