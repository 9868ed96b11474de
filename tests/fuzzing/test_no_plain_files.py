"""What is no plain file is refused by every reader of files: a pipe may never end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from edgebench.errors import EdgebenchError
from tests.fuzzing.readers import READERS

HANGS_S = 60
NO_FILES = ("request", "worker's message", "labgrid's places", "checksums", "archive")
"""What comes as a text or over a line; the tests alone keep it in files."""
OWN = ("answers.jsonl",)
"""What edgebench alone writes, and reads again while it holds its folder."""


@contextmanager
def ended() -> Iterator[None]:
    """Fail a block that waits for ever, where Ctrl-C would be needed."""

    def waits(*_: object) -> None:
        raise AssertionError("it waits for a pipe")

    before = signal.signal(signal.SIGALRM, waits)
    signal.setitimer(signal.ITIMER_REAL, HANGS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", sorted(READERS.keys() - {*NO_FILES, *OWN}))
def test_no_reader_waits_for_a_pipe(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    with ended(), suppress(EdgebenchError):
        reader.read(path)
