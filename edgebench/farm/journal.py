"""What has happened on a farm: a line of JSON an event, appended and never changed.

A plan is resumed from it; what a power cut left half-written is its last line, which is ignored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgebench.clock import utc_now, utc_text
from edgebench.errors import RunDirectoryBusy
from edgebench.files.disk import disk_errors
from edgebench.files.lock import held

FILE = "farm.jsonl"
LOCK = ".farm.lock"


@dataclass
class JournalState:
    """What a journal says.

    Attributes
    ----------
    finished
        Jobs that are done, with their run directories below the journal's folder.
    failed
        Jobs that were given up, and why.
    held
        Places that were acquired and not released since, and as whom.
    """

    finished: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)


class Journal:
    """A farm's journal in a folder; used by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / FILE

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the folder for this process.

        Raises
        ------
        RunDirectoryBusy
            If another plan is being carried out into it.
        """
        with held(self.folder / LOCK, self._busy):
            yield

    def _busy(self, holder: str) -> RunDirectoryBusy:
        return RunDirectoryBusy(
            f"another plan is being carried out into {self.folder} ({holder}): wait for "
            "it, or choose another `out`"
        )

    def write(self, event: str, **values: Any) -> None:
        """Append an event; it is on the disk when this returns."""
        line = json.dumps({"time": utc_text(utc_now()), "event": event, **values})
        with disk_errors(self.folder), self._path.open("a", encoding="utf-8") as file:
            # What a power cut left without an end must not swallow the next line.
            if file.tell() and not self._ends_well():
                file.write("\n")
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _ends_well(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield every event that is whole."""
        with suppress(FileNotFoundError):
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict) and "event" in event:
                        yield event

    def known(self) -> JournalState:
        """Return what is known: a job is done if its run directories are still there."""
        known = JournalState()
        for event in self.events():
            job, what = str(event.get("job")), event["event"]
            if what == "finished":
                runs = tuple(str(run) for run in event.get("runs", ()))
                if runs and all((self.folder / run / "run.json").is_file() for run in runs):
                    known.finished[job] = runs
            elif what == "failed":
                known.failed[job] = str(event.get("reason"))
            elif what == "acquired":
                known.held[str(event.get("place"))] = str(event.get("by"))
            elif what == "released":
                known.held.pop(str(event.get("place")), None)
        return known
