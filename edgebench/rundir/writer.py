"""Building a run directory so that nothing half-written is ever taken for a result.

It is built under a name that ends in ``.partial`` and renamed when all of it is there. Files
are replaced whole, never rewritten in place.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from edgebench.clock import utc_now, utc_text
from edgebench.errors import DiskFull, RunDirectoryBusy, RunDirectoryGone
from edgebench.files.atomic import replacing
from edgebench.files.disk import NO_SPACE, disk_errors
from edgebench.files.lock import held
from edgebench.files.refusals import most_bytes_per_file
from edgebench.rundir.format_1 import found_under_old_name
from edgebench.rundir.layout import (
    DRAFT_SUFFIX,
    LOCK_FILE,
    PARTIAL_SUFFIX,
    RUN_JSON,
    SET_ASIDE,
    SYSTEM_JSON,
    TIMELINE,
)
from edgebench.rundir.records.run import RunRecord
from edgebench.text.json_text import finite

logger = logging.getLogger(__name__)

MINIMUM_FREE_BYTES = 32 * 2**20
"""A minute of SingleStream logs a few MB; this much must be free before a test is begun."""
PROBE_BYTES = 2**16


class RunDirectory:
    """A run directory that is being built; `record` is what run.json will say."""

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self.record = record

    @classmethod
    def create(cls, parent: Path, name: str, record: RunRecord) -> RunDirectory:
        """Begin a run directory below `parent`.

        Raises
        ------
        RunDirectoryBusy
            If one of that name is there already.
        DiskFull
            If it can't be written for want of space.
        """
        path = parent / (name + PARTIAL_SUFFIX)
        if path.exists():
            raise RunDirectoryBusy(f"{path} is there already: another run's")
        draft = parent / f".{name}{DRAFT_SUFFIX}"
        try:
            with disk_errors(parent):
                _remove_drafts(parent)
                draft.mkdir()
                cls(draft, record).save()
                draft.rename(path)
        except BaseException:  # Ctrl-C as well: what could not be resumed is not left behind
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return cls(path, record)

    def require_there(self, *names: str) -> None:
        """Raise `RunDirectoryGone` if the run's folder, or one in it, has been removed or moved."""
        folder = self.path.joinpath(*names)
        if not folder.is_dir():
            raise RunDirectoryGone(
                f"{folder} was removed or moved while the run was writing to it. Run again, or "
                "where it was moved, resume it there with `out`"
            )

    def folder(self, *names: str) -> Path:
        """Make and return a folder of the run; an older one of that name is set aside."""
        self.set_aside(*names)
        folder = self.path.joinpath(*names)
        with disk_errors(self.path):
            folder.mkdir(parents=True)
        return folder

    def set_aside(self, *names: str) -> None:
        """Keep under ``set-aside/`` what an earlier attempt left in a folder of the run, if any."""
        folder = self.path.joinpath(*names)
        with disk_errors(self.path):
            if not folder.exists():
                return
            if not any(folder.iterdir()):
                folder.rmdir()
                return
            aside = self.path / SET_ASIDE
            aside.mkdir(exist_ok=True)
            count = sum(1 for _ in aside.iterdir())
            folder.rename(aside / f"{'-'.join(names)}-{count + 1}")

    def move(self, name: str, *target: str) -> None:
        """Move a folder of the run to another place in it, such as a ranging run's logs."""
        with disk_errors(self.path):
            (self.path / name).rename(self.path.joinpath(*target))

    def save(self) -> None:
        """Write run.json as `record` stands."""
        write_json(self.path / RUN_JSON, self.record.to_dict())

    def event(self, what: str) -> None:
        """Note something that happened, with the time."""
        self.record.events.append({"time": utc_text(utc_now()), "what": what})
        logger.info("%s: %s", self.path.name, what)

    def save_system(self, facts: Any, before: Any, after: Any) -> None:
        """Write system.json: what the machine is, and its state before and after."""
        values = {"host": asdict(facts), "before": asdict(before), "after": asdict(after)}
        write_json(self.path / SYSTEM_JSON, values)

    def save_timeline(self, values: dict[str, Any]) -> None:
        """Write timeline.json: the machine's state at moments of the run, on the run's clock.

        What an earlier attempt wrote is kept in front, unless it is damaged.
        """
        before = found_under_old_name(self.path, TIMELINE)
        with suppress(OSError, ValueError, KeyError, TypeError):
            old = json.loads(before.read_text(encoding="utf-8"))
            values = {name: old[name] + each for name, each in values.items()}
        write_json(self.path / TIMELINE, values)
        if before.name != TIMELINE:
            before.unlink(missing_ok=True)

    def finish(self) -> Path:
        """Mark the run complete and give it its own name.

        Returns
        -------
        Where it lies now.
        """
        self.record.state = "complete"
        self.record.finished = utc_text(utc_now())
        self.save()
        final = self.path.with_name(self.path.name.removesuffix(PARTIAL_SUFFIX))
        with disk_errors(self.path):
            self.path.rename(final)
        self.path = final
        return final


def _remove_drafts(parent: Path) -> None:
    """Remove what is left of a run that was killed before it had a run.json."""
    for draft in parent.glob(f".*{DRAFT_SUFFIX}"):
        shutil.rmtree(draft, ignore_errors=True)


def write_json(path: Path, values: Any) -> None:
    """Write a JSON file whole or not at all; NaN and the infinities become null.

    Raises
    ------
    DiskFull
        If there is no space.
    """
    with (
        disk_errors(path.parent),
        replacing(path) as draft,
        draft.open("w", encoding="utf-8") as file,
    ):
        json.dump(finite(values), file, indent=2, allow_nan=False)
        file.write("\n")


def check_space(where: Path) -> None:
    """Refuse to begin a test whose logs might not fit.

    Raises
    ------
    DiskFull
        If less than `MINIMUM_FREE_BYTES` are free.
    """
    largest = most_bytes_per_file()
    if largest is not None and largest < MINIMUM_FREE_BYTES:
        raise DiskFull(
            f"{where}: files may have {largest:,} bytes at most (`ulimit -f`), the logs of a test "
            f"need up to {MINIMUM_FREE_BYTES:,}; raise that limit"
        )
    free = shutil.disk_usage(where).free
    if free < MINIMUM_FREE_BYTES:
        raise DiskFull(
            f"{where}: only {free / 2**20:.1f} MiB free, the logs of a test need up to "
            f"{MINIMUM_FREE_BYTES // 2**20}; free some or choose another place with `out`"
        )


def is_full(where: Path) -> bool:
    """Return whether nothing more can be written there."""
    there = os.statvfs(where)
    if there.f_bavail == 0 or (there.f_files > 0 and there.f_favail == 0):
        return True
    try:
        # A user's quota is in none of these numbers.
        with TemporaryFile(dir=where) as probe:
            probe.write(bytes(PROBE_BYTES))
    except OSError as error:
        return error.errno in NO_SPACE
    return False


@contextmanager
def only_run_in(parent: Path) -> Iterator[None]:
    """Make a folder for run directories, and hold it for this process alone.

    Two runs at once would write side by side and, worse, disturb each other's timing.

    Raises
    ------
    RunDirectoryBusy
        If another process holds it.
    """

    def busy(holder: str) -> RunDirectoryBusy:
        return RunDirectoryBusy(
            f"another run ({holder}) is writing to {parent}; two at once would disturb each "
            "other's timing. Wait for it, or choose another `out`"
        )

    with held(parent / LOCK_FILE, busy):
        yield
