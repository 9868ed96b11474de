"""What a program has left behind: processes, by a mark in their environment, and files."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

MARK = "EDGEBENCH_TEST_MARK"
PATIENCE_S = 20.0
"""A child looks every now and then whether its parent is still there; a loaded machine is slow."""


@dataclass(frozen=True)
class Surroundings:
    """The environment of a program that is watched, and where its temporary files go."""

    temporary: Path
    mark: str

    @classmethod
    def below(cls, folder: Path) -> Surroundings:
        """Make them in a folder."""
        temporary = folder / "temporary"
        temporary.mkdir()
        return cls(temporary, uuid4().hex)

    @property
    def environment(self) -> Mapping[str, str]:
        """What to start the program with: all that it starts inherits the mark."""
        return {**os.environ, MARK: self.mark, "TMPDIR": str(self.temporary)}

    def processes(self) -> Iterator[tuple[int, str]]:
        """Yield those that have the mark: their numbers and commands."""
        wanted = f"{MARK}={self.mark}".encode()
        for entry in Path("/proc").iterdir():
            # A process may go while it is looked at; a zombie has no environment.
            with suppress(OSError):
                if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                    yield int(entry.name), command.decode(errors="replace").strip()

    def left_processes(self, patience_s: float = PATIENCE_S) -> list[str]:
        """Return the commands of processes that do not end; they are killed then."""
        deadline = time.monotonic() + patience_s
        while (found := list(self.processes())) and time.monotonic() < deadline:
            time.sleep(0.05)
        for number, _ in found:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return [command for _, command in found]

    def left_files(self) -> list[str]:
        """Return the temporary files and folders that are there."""
        return sorted(str(each.relative_to(self.temporary)) for each in self.temporary.rglob("*"))
