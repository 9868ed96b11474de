"""Show what the library logs on standard error, and write it to a file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgebench.files.refusals import refusal
from edgebench.text.printable import printable

LEVELS = {1: logging.INFO, 2: logging.DEBUG}
"""What standard error shows by how often ``-v`` was given: steps; what devices and meters say."""
FORMAT = "%(asctime)s.%(msecs)03d %(levelname)-7s %(threadName)s %(name)s: %(message)s"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
OURS = "edgebench.logs"


@contextmanager
def hushed(library: str) -> Iterator[None]:
    """Keep another library's warnings off standard error, such as that it can't keep its fonts.

    What its calls raise says what matters here. A level that the user gave its logger stays.
    """
    logger = logging.getLogger(library)
    before = logger.level
    if before == logging.NOTSET:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class PrintableFormatter(logging.Formatter):
    """One line per message: a text from a device can't forge another, nor move the cursor."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return the line with control characters as escapes."""
        return printable(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and, indented, the traceback that belongs to it."""
        first, *trace = super().format(record).split("\n")
        return "\n".join([first, *(f"    {printable(line)}" for line in trace)])


class StandardErrorHandler(logging.Handler):
    """Write to what standard error is now: a progress bar puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # as every handler does: a log must not end what it is about
            self.handleError(record)


class LogFileHandler(logging.FileHandler):
    """Append to a file; when it can't be written any more, say so once and go on without it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Stop writing to the file."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self.setLevel(sys.maxsize)
        said = f"edgebench: {self.baseFilename}: {refusal(error)}; nothing more is logged there"
        print(said, file=sys.stderr, flush=True)


def start_logging(verbosity: int, file: Path | None) -> None:
    """Show and write the log; called again, in place of what was asked for before.

    Parameters
    ----------
    verbosity
        0 shows nothing on standard error, 1 the steps, 2 also what devices and meters say.
    file
        Where the whole log is appended; None for nowhere.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    handlers: list[logging.Handler] = []
    if verbosity:
        handlers.append(StandardErrorHandler(LEVELS[min(verbosity, max(LEVELS))]))
    if file is not None:
        handlers.append(LogFileHandler(file, encoding="utf-8"))
        handlers[-1].setLevel(logging.DEBUG)
    logger = logging.getLogger("edgebench")
    for handler in [each for each in logger.handlers if each.name == OURS]:
        logger.removeHandler(handler)
        handler.close()
    for handler in handlers:
        handler.name = OURS
        handler.setFormatter(PrintableFormatter(FORMAT, TIME_FORMAT))
        logger.addHandler(handler)
    logger.setLevel(min((each.level for each in handlers), default=logging.NOTSET))
