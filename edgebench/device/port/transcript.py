"""Every byte between host and device, with the time."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import UsageError
from edgebench.files.refusals import refusal

logger = logging.getLogger(__name__)

FLUSH_NS = 1_000_000_000
LONGEST_BURST = 4096


class Transcript(CloseOnExit):
    """A text file: a line a burst, ``seconds direction text``, what is no text as escapes.

    ``>`` is what the host sent, ``<`` what came, ``#`` a remark. Before there is a place for it
    a temporary file has it. A disk that is full ends the transcript, not the run: ``fault`` says so
    then, and is empty otherwise. ``echo`` is given what comes, as text.

    Raises
    ------
    UsageError
        If there can be no file at the path.
    """

    def __init__(self, path: Path | None = None, echo: Callable[[str], None] | None = None) -> None:
        self.fault = ""
        self._file: TextIO | None = None
        self._heard = bytearray()
        self._heard_at = 0
        self._echo = echo
        self._started = self._flushed = now_ns()
        try:
            self._file = path.open("a", encoding="ascii") if path else _temporary()
        except OSError as error:
            raise UsageError(f"no transcript can be kept in {path}: {error.strerror}") from error
        self._is_temporary = path is None

    def write_to(self, path: Path) -> None:
        """Go on in a file (at its end, if there is one), with what a temporary one has first."""
        self._end_burst()
        with suppress(OSError):
            file = path.open("a", encoding="ascii")
            if self._file is not None and self._is_temporary:
                self._file.seek(0)
                shutil.copyfileobj(self._file, file)
            self.close()
            self._file, self._is_temporary = file, False

    def sent(self, data: bytes) -> None:
        """Keep what the host sent."""
        self._end_burst()
        self._line(">", data, now_ns())

    def received(self, data: bytes) -> None:
        """Keep what came."""
        if self._echo is not None:
            self._echo(data.decode("ascii", "replace").replace("\r", ""))
        if not self._heard:
            self._heard_at = now_ns()
        self._heard += data
        if data.endswith(b"\n") or len(self._heard) > LONGEST_BURST:
            self._end_burst()

    def remark(self, text: str) -> None:
        """Keep what happened otherwise."""
        self._end_burst()
        self._line("#", text.encode("ascii", "replace"), now_ns())

    def _end_burst(self) -> None:
        """Write what came in pieces as one line, with the time of the first."""
        if self._heard:
            data, self._heard = bytes(self._heard), bytearray()
            self._line("<", data, self._heard_at)

    def close(self) -> None:
        """Write what is not written yet."""
        self._end_burst()
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:
                self.fault = self.fault or refusal(error)

    def _line(self, direction: str, data: bytes, now: int) -> None:
        text = data.decode("latin-1").encode("unicode_escape").decode("ascii")
        line = f"{(now - self._started) / 1e9:.6f} {direction} {text}\n"
        logger.debug("%s %s", direction, text)
        if self._file is None:
            return
        try:
            self._file.write(line)
            if now - self._flushed > FLUSH_NS:
                self._flushed = now
                self._file.flush()
        except OSError as error:
            self.fault = refusal(error)
            self.close()


def _temporary() -> TextIO | None:
    try:
        return tempfile.TemporaryFile("w+", encoding="ascii")
    except OSError:
        return None  # a full /tmp ends the transcript, not the run
