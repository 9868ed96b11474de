"""Keep what has happened on a farm: a line of JSON per event, appended and never changed.

A plan is resumed from it; what a power cut left half-written is its last line, which is ignored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.clock import utc_now, utc_text
from edgebench.errors import RunDirectoryBusy, RunDirectoryInvalid
from edgebench.farm.tagged_json import Tagged, UnknownTag
from edgebench.files.disk import disk_errors
from edgebench.files.lock import held
from edgebench.files.presence import is_file
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.rundir.layout import RUN_JSON
from edgebench.text.json_text import JsonDamaged, json_text, parse_json
from edgebench.text.typed_json import TypedJsonError

FILE = "farm.jsonl"
LOCK = ".farm.lock"


@dataclass(frozen=True)
class JobStarted:
    """A worker was given a job."""

    job: str
    target: str
    run: str


@dataclass(frozen=True)
class JobFinished:
    """A job is done; its run directories below the journal's folder."""

    job: str
    target: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class AttemptFailed:
    """A job has failed, for the ``attempt``-th time; None: not the board's fault, not counted."""

    job: str
    target: str
    reason: str
    attempt: int | None = None


@dataclass(frozen=True)
class JobFailed:
    """A job was given up."""

    job: str
    target: str
    reason: str


@dataclass(frozen=True)
class PlaceAcquired:
    """A place is ours; who we are to labgrid."""

    place: str
    by: str


@dataclass(frozen=True)
class PlaceReleased:
    """A place is not ours any more."""

    place: str


@dataclass(frozen=True)
class PowerCycled:
    """A board was switched off and on, or (with the reason) could not be."""

    target: str
    done: bool
    reason: str = ""


@dataclass(frozen=True)
class TargetQuarantined:
    """A target was given up, with all its jobs that were left."""

    target: str
    reason: str


@dataclass(frozen=True)
class MachineSlept:
    """The machine that carries the plan out was asleep."""

    seconds: float


Event = (
    JobStarted
    | JobFinished
    | AttemptFailed
    | JobFailed
    | PlaceAcquired
    | PlaceReleased
    | PowerCycled
    | TargetQuarantined
    | MachineSlept
)
EVENTS = Tagged(
    "event",
    {
        "started": JobStarted,
        "finished": JobFinished,
        "attempt failed": AttemptFailed,
        "failed": JobFailed,
        "acquired": PlaceAcquired,
        "released": PlaceReleased,
        "power cycle": PowerCycled,
        "quarantined": TargetQuarantined,
        "set aside": TargetQuarantined,  # by edgebench 0.1
        "slept": MachineSlept,
    },
)


@dataclass
class JournalState:
    """The state that a journal adds up to.

    Attributes
    ----------
    finished
        Jobs that are done.
    failed
        Jobs that were given up, and why.
    held
        Places that were acquired and not released since, and as whom.
    """

    finished: dict[str, JobFinished] = field(default_factory=dict)
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

    def write(self, event: Event) -> None:
        """Append an event; it is on the disk when this returns."""
        line = json_text({"time": utc_text(utc_now()), **EVENTS.plain(event)}, indent=None)
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

    def events(self) -> Iterator[Event]:
        """Yield every event that is whole, and of a kind that is known here.

        Raises
        ------
        RunDirectoryInvalid
            If a whole line is not as an event of its kind is; the message has its number. Or if the
            file can't be read.
        """
        try:
            require_plain_file(self._path)
            with self._path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, start=1):
                    event = self._event(number, line)
                    if event is not None:
                        yield event
        except FileNotFoundError:
            return
        except OSError as error:
            raise RunDirectoryInvalid(f"{self._path}: can't be read: {refusal(error)}") from error

    def _event(self, number: int, line: str) -> Event | None:
        try:
            values = parse_json(line)
        except JsonDamaged:
            return None  # a power cut left it so
        if not isinstance(values, dict):
            return None
        values.pop("time", None)
        try:
            event: Event = EVENTS.value(values)
        except UnknownTag:
            return None
        except TypedJsonError as error:
            raise RunDirectoryInvalid(f"{self._path}, line {number}: {error}") from error
        return event

    def state(self) -> JournalState:
        """Return what the events add up to: a job is done if its run directories are still there.

        Raises
        ------
        RunDirectoryInvalid
            As `events`.
        """
        state = JournalState()
        for event in self.events():
            match event:
                case JobFinished(job, _, runs):
                    if runs and all(is_file(self.folder / run / RUN_JSON) for run in runs):
                        state.finished[job] = event
                case JobFailed(job, _, reason):
                    state.failed[job] = reason
                case PlaceAcquired(place, by):
                    state.held[place] = by
                case PlaceReleased(place):
                    state.held.pop(place, None)
        return state
