"""Which trials were passed on this machine before: they are not repeated."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from edgebench.errors import FolderNotWritable
from edgebench.files.atomic import write_bytes
from edgebench.files.digest import sha256_of
from edgebench.files.folders import cache_folder
from edgebench.models.trial.job import Job

MOST_KEPT = 4096
LINE = 65
"""Bytes of a line: a SHA-256 in hexadecimal digits and its end."""
WITHOUT = ("threads", "inter_threads", "instances", "instance_kind", "affinity", "allow_fallback")
"""Settings that don't decide how a trial ends."""


def key_of(job: Job) -> str | None:
    """Return a digest of all that may decide how a trial ends; None if that can't be known.

    How many threads and instances there are, and where, is left out: they run the same kernels.
    """
    library = ""
    if job.settings.delegate is not None:
        # Without a slash the system looks for it, in folders of its own.
        if "/" not in job.settings.delegate:
            return None
        try:
            library = sha256_of(Path(job.settings.delegate))
        except OSError:
            return None
    total = hashlib.sha256(job.content)
    deciding = (value for name, value in job.settings.items() if name not in WITHOUT)
    for part in (
        *map(_text, deciding),
        *(
            job.sha256,
            job.distribution,
            job.version,
            library,
            job.keep_tensors,
            platform.machine(),
            platform.node(),
        ),
    ):
        total.update(f"{part}\0".encode())
    for values in job.inputs:
        total.update(f"{values.dtype} {values.shape}".encode() + values.tobytes())
    return total.hexdigest()


def _text(value: object) -> object:
    """Return a setting's value without the order in which somebody wrote a table's entries."""
    return sorted(value.items()) if isinstance(value, Mapping) else value


class PassedTrials:
    """The keys of trials that were passed, one per line of a file of the user's cache.

    Where the cache can't be written, every trial is made again.
    """

    def __init__(self) -> None:
        self._folder = cache_folder("trials")
        self._path: Path = self._folder.path / "passed.txt"

    def __contains__(self, key: str | None) -> bool:
        return key is not None and key.encode("ascii") in self._lines()

    def add(self, key: str | None) -> None:
        """Remember a trial that has a key; the oldest are forgotten when there are too many."""
        if key is None:
            return
        with suppress(FolderNotWritable, OSError):
            self._folder.ready()
            lines = self._lines()
            if len(lines) >= MOST_KEPT:
                kept = b"".join(line + b"\n" for line in lines[-MOST_KEPT // 2 :])
                write_bytes(self._path, kept)
            with self._path.open("ab") as file:
                file.write(key.encode("ascii") + b"\n")

    def _lines(self) -> list[bytes]:
        with suppress(OSError), self._path.open("rb") as file:
            return file.read(2 * MOST_KEPT * LINE).splitlines()
        return []
