"""Tell a command's output from what a shell's start-up files print before and after it.

The command's output stands between two marks, and its exit code behind the second one. Both marks
have a token that is new for each command. Nothing here knows ssh: bytes are read from any stream.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass, field
from typing import Protocol

BANNER_BYTES = 1 << 20
"""Start-up files print no more than this."""
CHUNK_BYTES = 1 << 16
CODE_BYTES = 16


class OutputCut(Exception):
    """The output ends before its frame does; ``said`` is the last line before the frame began."""

    def __init__(self, said: str, *, began: bool) -> None:
        super().__init__(said)
        self.said, self.began = said, began


class OutputTooLong(Exception):
    """There is more output than is taken."""


@dataclass(frozen=True)
class Frame:
    """The two marks around a command's output."""

    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def begin(self) -> bytes:
        """The line before the output."""
        return f"edgebench-begin-{self.token}\n".encode()

    @property
    def end(self) -> bytes:
        """The text behind the output, before the exit code."""
        return f"\nedgebench-end-{self.token} ".encode()

    def framed(self, script: str) -> str:
        """Return a command for any login shell that runs a POSIX shell's script in this frame."""
        begin, end = f"edgebench-begin-{self.token}", f"edgebench-end-{self.token}"
        whole = f"echo {begin}; ({script}); printf '\\n%s %d\\n' {end} $?"
        return f"sh -c {shlex.quote(whole)}"


class Stream(Protocol):
    """A stream that output is read from, such as a pipe."""

    def read1(self, size: int, /) -> bytes:
        """Return what there is, up to ``size`` bytes; wait while there is nothing."""


class FramedOutput:
    """A command's output out of the stream that it stands in, to be read like a file.

    Parameters
    ----------
    stream
        What the remote shell prints.
    most_bytes
        How much output is taken.
    """

    def __init__(self, stream: Stream, frame: Frame, most_bytes: int) -> None:
        self._stream, self._frame, self._left = stream, frame, most_bytes
        self._ahead = b""
        self._began = False
        self.code: int | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes of the output, or all that is left; empty at its end.

        Raises
        ------
        OutputCut
            If the stream ends before the frame does.
        OutputTooLong
            If there is more output, or start-up files print more, than is taken.
        """
        found = bytearray()
        while size < 0 or len(found) < size:
            part = self._next(size - len(found) if size >= 0 else CHUNK_BYTES)
            if not part:
                break
            found += part
        return bytes(found)

    def _next(self, most: int) -> bytes:
        if not self._began:
            self._skip_to_begin()
        while self.code is None:
            at = self._ahead.find(self._frame.end)
            # What may be the first bytes of the end mark stays behind.
            safe = at if at >= 0 else len(self._ahead) - len(self._frame.end)
            if safe > 0:
                return self._taken(min(most, safe))
            if at == 0:
                self._read_code()
            else:
                self._fetch()
        return b""

    def _taken(self, count: int) -> bytes:
        self._left -= count
        if self._left < 0:
            raise OutputTooLong
        part, self._ahead = self._ahead[:count], self._ahead[count:]
        return part

    def _fetch(self) -> None:
        chunk = self._stream.read1(CHUNK_BYTES)
        if not chunk:
            said = "" if self._began else _last_line(self._ahead)
            raise OutputCut(said, began=self._began)
        self._ahead += chunk

    def _skip_to_begin(self) -> None:
        while (at := self._ahead.find(self._frame.begin)) < 0:
            if len(self._ahead) > BANNER_BYTES:
                raise OutputTooLong
            self._fetch()
        self._ahead = self._ahead[at + len(self._frame.begin) :]
        self._began = True

    def _read_code(self) -> None:
        start = len(self._frame.end)
        while b"\n" not in self._ahead[start:]:
            if len(self._ahead) - start > CODE_BYTES:
                raise OutputTooLong
            self._fetch()
        text = self._ahead[start:].split(b"\n")[0]
        if len(text) > CODE_BYTES:
            raise OutputTooLong
        if not text.isdigit():
            raise OutputCut("", began=True)
        self.code = int(text)


def _last_line(data: bytes) -> str:
    lines = data.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
