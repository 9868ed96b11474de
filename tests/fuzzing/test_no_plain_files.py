"""What can't be read is refused by every reader of files, in our own words; a pipe never ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from edgebench.errors import EdgebenchError
from tests.fuzzing.readers import READERS
from tests.pythons_words import PYTHONS_WORDS

HANGS_S = 60
NO_FILES = ("request", "worker's message", "labgrid's places", "checksums", "archive")
"""What comes as a text or over a line; the tests alone keep it in files."""
FILES = sorted(READERS.keys() - {*NO_FILES})
FOLDER = "a folder"
UNREADABLE = {"a file of the kernel's that reading fails on": "/proc/self/mem", FOLDER: "/"}
OPTIONAL = frozenset(
    (
        *("confusion.json", "profile.json", "samples.npz", "system.json", "timeline.json"),
        "times.npy",
    )
)
"""Files that a run directory need not have: a folder of such a name is none."""


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


@pytest.mark.parametrize("name", FILES)
def test_no_reader_waits_for_a_pipe(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    with ended(), suppress(EdgebenchError):
        reader.read(path)


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("name", FILES)
def test_what_the_system_refuses_is_said_in_words(name: str, what: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / reader.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(UNREADABLE[what])
    if what == FOLDER and name in OPTIONAL:
        reader.read(path)
        return
    with pytest.raises(EdgebenchError) as raised:
        reader.read(path)
    assert not PYTHONS_WORDS.search(str(raised.value)), str(raised.value)
