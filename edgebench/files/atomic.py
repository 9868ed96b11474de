"""Write a file or a folder under a draft's name and put it in place when all of it is there."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"
"""Suffix of a folder that is being made."""
ABANDONED_S = 86_400.0
"""Nothing that is written in a folder takes so long from one file to the next."""


@contextmanager
def replacing(path: Path, *, shared: bool = False) -> Iterator[Path]:
    """Give the path of a draft to write; it takes the place of ``path`` if the block succeeds.

    The draft lies in the same folder and keeps the suffix. It is on the disk before it gets its
    name, so that a power cut leaves the old file or the new one, never a part of either. If the
    block fails the draft is removed and ``path`` stays as it was.

    Parameters
    ----------
    shared
        Whether other processes may write the same file at the same time, as in a cache; the last
        one wins. Without it a draft that was left by a killed process is overwritten.

    Raises
    ------
    OSError
        If it can't be written.
    """
    who = _maker() if shared else ""
    draft = path.with_name(f".{path.stem}{who}.draft{path.suffix}")
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
    except BaseException as error:  # Ctrl-C as well: no draft is left behind
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(draft):
            error.filename = str(path)  # the draft's name says nothing to people
        raise


def remove_abandoned(folder: Path, pattern: str) -> None:
    """Remove drafts of folders whose makers were killed: those that have not changed for a day.

    Parameters
    ----------
    pattern
        The names of the folders that `replacing_folder` was to make, as `Path.glob` takes them.
    """
    # A process ID proves nothing: machines and containers may share a cache.
    for draft in folder.glob(f"{pattern}{PARTIAL}"):
        with suppress(OSError):  # another process has removed it
            if time.time() - draft.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def replacing_folder(path: Path, *, shared: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of ``path`` if the block succeeds.

    It lies next to ``path``, and one that was left by a killed process is removed. If the block
    fails it is removed and ``path`` stays as it was.

    Parameters
    ----------
    shared
        Whether other processes may make the same folder at the same time, as in a cache; the first
        one wins, and its files (there are no folders in it) are on the disk before it has its name.

    Raises
    ------
    OSError
        If it can't be written, or ``path`` is there and not a folder.
    """
    draft = path.with_name(f"{path.name}{_maker() if shared else ''}{PARTIAL}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        if shared:
            _be_first(draft, path)
        else:
            if path.exists():
                shutil.rmtree(path)
            draft.rename(path)
    except BaseException:  # Ctrl-C as well: no draft is left behind
        shutil.rmtree(draft, ignore_errors=True)
        raise


@contextmanager
def filled_at_once(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; what is in it moves into ``folder`` if the block succeeds.

    For a folder that may be there already, empty, and may be the current one. If the block fails,
    ``folder`` is as it was.

    Raises
    ------
    OSError
        If it can't be written.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / PARTIAL
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        yield draft
        for each in draft.iterdir():
            each.rename(folder / each.name)
        draft.rmdir()
    except BaseException:  # Ctrl-C as well: no draft is left behind
        shutil.rmtree(draft, ignore_errors=True)
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _be_first(draft: Path, path: Path) -> None:
    """Put a folder in place, unless another process has done so."""
    for file in draft.iterdir():
        _flush(file)
    try:
        draft.rename(path)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        shutil.rmtree(draft)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; see `replacing`."""
    with replacing(path) as draft:
        draft.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 whole or not at all; see `replacing`."""
    write_bytes(path, text.encode("utf-8"))


def _maker() -> str:
    return f".{os.getpid()}-{threading.get_ident()}"


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
