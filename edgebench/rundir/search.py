"""Find run directories below a folder, and read all that can be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import RunDirectoryInvalid, RunDirectoryNotFound
from edgebench.errors.suggestion import nearest_name
from edgebench.rundir.layout import DRAFT_SUFFIX, RUN_JSON
from edgebench.rundir.reader import Run, read_run


@dataclass(frozen=True)
class FoundRuns:
    """The runs that could be read, and a sentence about each place that could not."""

    runs: tuple[Run, ...]
    errors: tuple[str, ...]


def find_runs(path: Path) -> Iterator[Path]:
    """Yield `path` if it is a run directory, else the run directories right below it, by name."""
    if (path / RUN_JSON).is_file():
        yield path
    elif path.is_dir():
        found = (each.parent for each in path.glob(f"*/{RUN_JSON}"))
        yield from sorted(each for each in found if not _is_draft(each.name))


def find_all_runs(
    path: Path, unreadable: Callable[[OSError], None] = lambda error: None
) -> Iterator[Path]:
    """Yield the run directories at or below `path`, however deep, by name.

    Links are followed at `path` itself only, so that no circle is.

    Parameters
    ----------
    unreadable
        Called with each folder's error that may not be read.
    """
    for folder, below, files in os.walk(path, onerror=unreadable):
        if RUN_JSON in files:
            below.clear()  # what is in a run directory belongs to it
            yield Path(folder)
        below[:] = sorted(each for each in below if not _is_draft(each))


def read_all_runs(paths: Iterable[Path]) -> FoundRuns:
    """Read the run directories at or below some paths.

    One that is damaged, and a folder that may not be read, costs itself only.

    Raises
    ------
    RunDirectoryInvalid
        If a path does not exist, or nothing of a run directory is at or below it.
    """
    runs: list[Run] = []
    errors: list[str] = []
    for path in paths:
        if not path.is_dir():
            raise RunDirectoryNotFound(_not_there(path))
        known = len(runs) + len(errors)
        for each in find_all_runs(path, lambda error: errors.append(_said(error))):
            try:
                runs.append(read_run(each))
            except RunDirectoryInvalid as error:
                errors.append(str(error))
        if known == len(runs) + len(errors):
            raise RunDirectoryInvalid(
                f"{path}: no run directory is in it; `edgebench run` makes them"
            )
    return FoundRuns(tuple(runs), tuple(errors))


def _is_draft(name: str) -> bool:
    return name.startswith(".") and name.endswith(DRAFT_SUFFIX)


def _not_there(path: Path) -> str:
    """Say that a folder does not exist, and which one has nearly its name."""
    there = [each.name for each in path.parent.glob("*") if each.is_dir()]
    near = nearest_name(path.name, there)
    hint = f"; did you mean {path.with_name(near)}?" if near else ""
    return f"{path}: there is no such folder{hint}"


def _said(error: OSError) -> str:
    return f"{error.filename}: can't be read: {error.strerror}"
