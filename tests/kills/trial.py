"""One run that is disturbed at a moment, and everything that must hold afterwards."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from edgebench.errors import EdgebenchError
from edgebench.rundir.layout import DRAFT_SUFFIX, PARTIAL_SUFFIX
from tests.kills.disturbances import (
    COMPLETE,
    DISTURBANCES,
    FILLER,
    Disturbance,
    StillRunning,
    ended,
    small_disk,
)
from tests.kills.jobs import begin, resume
from tests.kills.leftovers import Surroundings
from tests.kills.record import differences, files_of, timeless

POLL_S = 0.005
END_AFTER_S = 5.0
"""A run that was at its end when it was disturbed is over by then, on a busy machine too."""
NOTHING_TO_RESUME = 2


@dataclass(frozen=True)
class Moment:
    """So many seconds after the run has begun or, with a stage, after it has printed that."""

    seconds: float
    stage: str = ""

    def wait(self, run: subprocess.Popen[bytes], said: Path) -> None:
        """Wait until it is there, or the run is over."""
        while self.stage and self.stage not in said.read_text() and run.poll() is None:
            time.sleep(POLL_S)
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline and run.poll() is None:
            time.sleep(POLL_S)


@dataclass(frozen=True)
class Undisturbed:
    """What a run is when nothing happens to it: its parts in the order of their names."""

    job: str
    records: tuple[dict[str, Any], ...]
    files: tuple[list[str], ...]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What there was after a run was disturbed, and what was wrong."""

    left: str
    complaints: tuple[str, ...]


class Trials:
    """Runs of one job in a folder; `data` is what all measure."""

    def __init__(self, folder: Path, job: str, data: Path) -> None:
        self._folder = folder
        self._job = job
        self._data = data
        self._count = 0

    def undisturbed(self) -> Undisturbed:
        """Run the job to its end."""
        place = self._place()
        started = time.monotonic()
        code = ended(self._start(place, begin(self._job, place / "out", self._data)))
        assert code in COMPLETE, (place / "said").read_text()
        seconds = time.monotonic() - started
        runs = _runs(place / "out")
        return Undisturbed(
            self._job, tuple(map(timeless, runs)), tuple(map(files_of, runs)), seconds
        )

    def disturbed(self, how: str, moment: Moment, wanted: Undisturbed) -> Outcome:
        """Disturb a run, resume it where there is something to resume, and look at all of it."""
        disturbance, place = DISTURBANCES[how], self._place()
        out = place / "out"
        complaints: list[str] = []
        with ExitStack() as stack:
            if disturbance.needs_small_disk:
                out.mkdir()
                stack.enter_context(small_disk(out))
            run = self._start(place, begin(self._job, out, self._data))
            moment.wait(run, place / "said")
            disturbance.happen(run, out)
            happened = time.monotonic()
            try:
                code = ended(run)
            except StillRunning as error:
                complaints.append(str(error))
                code = 0
            if disturbance.says and code in COMPLETE:
                complaints += _of_what_was_missed(time.monotonic() - happened)
            (out / FILLER).unlink(missing_ok=True)
            complaints += _of_the_end(code, (place / "said").read_text(), disturbance)
            complaints += self._of_leftovers()
            left = _left(out)
            if left != "nothing" and code < 0 and disturbance.says:
                complaints.append("the signal itself ended a run that had begun to measure")
            if left == "partial":
                complaints += self._resumed(place)
            if left != "nothing":
                complaints += _of_the_runs(out, wanted)
        return Outcome(left, tuple(complaints))

    def _place(self) -> Path:
        """Make a folder for a run."""
        self._count += 1
        place = self._folder / f"{self._job}-{self._count}"
        place.mkdir(parents=True)
        self._surroundings = Surroundings.below(place)
        return place

    def _start(self, place: Path, command: list[str]) -> subprocess.Popen[bytes]:
        with (place / "said").open("wb") as said:
            return subprocess.Popen(
                command,
                env=self._surroundings.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_as_in_a_terminal,  # noqa: PLW1509 (one thread)
            )

    def _resumed(self, place: Path) -> Iterator[str]:
        try:
            code = ended(self._start(place, resume(place / "out")))
        except StillRunning as error:
            yield f"resuming: {error}"
            return
        if code not in COMPLETE:
            yield f"resuming ended with {code}: {(place / 'said').read_text()[-600:]}"
        yield from self._of_leftovers()

    def _of_leftovers(self) -> Iterator[str]:
        for command in self._surroundings.left_processes():
            yield f"a process is left: {command}"
        for name in self._surroundings.left_files():
            yield f"a temporary file is left: {name}"


def _as_in_a_terminal() -> None:
    """Let signals end the program: a shell's background jobs ignore some of them."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _runs(out: Path) -> list[Path]:
    """Return the run directories; the next run removes a draft."""
    return sorted(
        path for path in out.iterdir() if path.is_dir() and not path.name.endswith(DRAFT_SUFFIX)
    )


def _left(out: Path) -> str:
    """Return what is in the folder of runs: nothing, something partial, or all of it."""
    names = [path.name for path in _runs(out)] if out.is_dir() else []
    if not names:
        return "nothing"
    return "partial" if any(name.endswith(PARTIAL_SUFFIX) for name in names) else "whole"


def _of_what_was_missed(seconds: float) -> Iterator[str]:
    """Complain of a run that came to its end although it was to stop."""
    if seconds > END_AFTER_S:
        yield f"nothing came of it: the run went on for {seconds:.1f} s, to its end"


def tracebacks(said: str) -> Iterator[str]:
    """Yield each traceback of a text: its line before, its own lines and its error."""
    lines = said.splitlines()
    for first, line in enumerate(lines):
        if line.startswith("Traceback"):
            last = first + 1
            while last < len(lines) and lines[last].startswith(" "):
                last += 1
            yield "\n".join(lines[max(0, first - 1) : last + 1])


def _of_the_end(code: int, said: str, disturbance: Disturbance) -> Iterator[str]:
    if code not in (*COMPLETE, *disturbance.codes):
        yield f"exit code {code}: {said[-600:]}"
    yield from tracebacks(said)
    is_ours = code > 0 and code not in COMPLETE
    if disturbance.says and is_ours and "edgebench: " not in said:
        yield f"it ended without a word: {said[-600:]}"


def _of_the_runs(out: Path, wanted: Undisturbed) -> Iterator[str]:
    """Compare complete runs with the undisturbed ones."""
    runs = _runs(out)
    if len(runs) != len(wanted.records):
        yield f"{len(runs)} run directories, undisturbed {len(wanted.records)}"
    for path, record, files in zip(runs, wanted.records, wanted.files, strict=False):
        try:
            yield from differences(timeless(path), record)
        except (EdgebenchError, jsonschema.ValidationError) as error:
            yield f"{path.name}: {error}"
        here = files_of(path)
        yield from (f"file {name} is missing" for name in sorted({*files} - {*here}))
        yield from (f"file {name} is left" for name in sorted({*here} - {*files}))
