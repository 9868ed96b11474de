"""A device that answers from a script, on a real pty: answers that good firmware never gives."""

from __future__ import annotations

import os
import select
import threading
import time
import tty
from collections.abc import Mapping, Sequence
from typing import Self

from edgebench.close_on_exit import CloseOnExit

READY = b"m-ready\r\n"
GOOD: Mapping[str, bytes] = {
    "name": b"m-name-dut-[scripted]\r\n" + READY,
    "profile": b"m-profile-[script]\r\nm-model-[kws01]\r\n" + READY,
    "infer": (
        b"m-warmup-start-0\r\nm-warmup-done\r\nm-infer-start-1\r\nm-lap-us-100\r\n"
        b"m-lap-us-150\r\nm-infer-done\r\nm-results-[0.250,0.750]\r\n" + READY
    ),
    "results": b"m-results-[0.250,0.750]\r\n" + READY,
}


class ScriptedDevice(CloseOnExit):
    """Answers the longest key of the script that a command begins with, and takes inputs.

    Parameters
    ----------
    most_line, most_burst
        Characters beyond so many of a command, and bytes beyond so many of a write, are lost.
    lost_commands
        What is answered without being read, the first time.
    pause_s
        How long it takes for an answer.
    """

    def __init__(
        self,
        most_line: int = 10_000,
        most_burst: int = 4096,
        pause_s: float = 0.0,
        lost_commands: Sequence[str] = (),
        **answers: bytes,
    ) -> None:
        self._most_line, self._most_burst, self._pause_s = most_line, most_burst, pause_s
        self._lost = list(lost_commands)
        self.loaded = b""
        self._answers = {**GOOD, **{key.replace("_", " "): text for key, text in answers.items()}}
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.commands: list[str] = []
        self._missing = 0
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Let go of the pty."""
        os.write(self._stop_write, b".")
        self._thread.join()
        for each in (self._slave, self._stop_read, self._stop_write):
            os.close(each)
        if self._master >= 0:
            os.close(self._master)

    def _serve(self) -> None:
        pending = b""
        while True:
            readable, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in readable:
                return
            pending += os.read(self._master, 4096)[: self._most_burst]
            *commands, pending = pending.split(b"%")
            for text in commands:
                words = text.decode("latin-1").strip()[: self._most_line]
                time.sleep(self._pause_s)
                self.commands.append(words)
                keys = [key for key in self._answers if words.startswith(key)]
                if words in self._lost:
                    self._lost.remove(words)
                    os.write(self._master, READY)
                elif keys:
                    os.write(self._master, self._answers[max(keys, key=len)])
                elif words.startswith("db "):
                    os.write(self._master, self._loaded(words.split(" ")[1:]))

    def _loaded(self, words: list[str]) -> bytes:
        if words[0] == "load":
            self._missing, self.loaded = int(words[1]), b""
            return f"m-[Expecting {self._missing} bytes]\r\n".encode() + READY
        if words[0] == "print":
            digits = "-".join(f"{each:02x}" for each in self.loaded)
            return f"m-buffer-{digits}\r\n".encode() + READY
        try:
            self.loaded += bytes.fromhex(words[0][: len(words[0]) // 2 * 2])
        except ValueError:
            return b"e-[Invalid hex digit]\r\n" + READY
        self._missing -= len(words[0]) // 2
        return (b"m-load-done\r\n" if self._missing == 0 else b"") + READY
