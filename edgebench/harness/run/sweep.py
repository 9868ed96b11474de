"""The same run at several settings: ``threads=1,2``, or every pair of two such lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from edgebench.errors import Interrupted, UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import DEFAULT_OUT, CompletedRuns, run_request
from edgebench.rundir.reader import Run

SWEPT: dict[str, tuple[str, Callable[[str], float]]] = {
    "threads": ("threads", int),
    "batch": ("batch", int),
    "instances": ("instances", int),
    "frequency": ("frequency_mhz", float),
}
"""What can be swept: the request's field, and how a value is read."""


@dataclass(frozen=True)
class Sweep:
    """A setting and the values that it takes, in the order they were asked for."""

    name: str
    values: tuple[float, ...]

    @property
    def field(self) -> str:
        """The request's name of it."""
        return SWEPT[self.name][0]


def parse_sweep(text: str) -> Sweep:
    """Read ``NAME=VALUE,VALUE,...``.

    Raises
    ------
    UsageError
        If there is no such setting, or a value is none.
    """
    name, _, values = text.partition("=")
    if name not in SWEPT:
        raise UsageError(f"--sweep: no setting {name!r}; there are {', '.join(SWEPT)}")
    try:
        found = tuple(dict.fromkeys(SWEPT[name][1](each) for each in values.split(",")))
    except ValueError as error:
        raise UsageError(f"--sweep: {text!r} is not such as {name}=1,2 ({error})") from error
    return Sweep(name, found)


def parse_sweeps(texts: Sequence[str]) -> tuple[Sweep, ...]:
    """Read several sweeps, each of another setting.

    Raises
    ------
    UsageError
        As `parse_sweep`; or if a setting is swept twice.
    """
    found = tuple(parse_sweep(text) for text in texts)
    names = [sweep.name for sweep in found]
    if len(set(names)) < len(names):
        raise UsageError(
            f"--sweep: {', '.join(names)}: name each setting once, with all its values"
        )
    return found


def run_sweep(
    request: RunRequest,
    sweeps: Sequence[Sweep],
    out: Path = DEFAULT_OUT,
    progress: Progress | None = None,
) -> CompletedRuns:
    """Carry out a request at each value, of several settings at each combination.

    What a request can tell by itself is checked before the first is measured.

    Raises
    ------
    EdgebenchError
        As `run_request`; the runs at the values before are complete.
    """
    combinations = product(*(sweep.values for sweep in sweeps))
    settings: list[dict[str, Any]] = [
        {sweep.field: value for sweep, value in zip(sweeps, values, strict=True)}
        for values in combinations
    ]
    requests = [replace(request, **setting) for setting in settings]
    return run_each(requests, out, progress)


def run_each(
    requests: Iterable[RunRequest], out: Path = DEFAULT_OUT, progress: Progress | None = None
) -> CompletedRuns:
    """Carry out requests one after another.

    Raises
    ------
    Interrupted
        After Ctrl-C; it says as well how many runs were finished before.
    EdgebenchError
        As `run_request`; the runs before are complete.
    """
    runs: list[Run] = []
    for each in requests:
        try:
            runs += run_request(each, out, progress).runs
        except Interrupted as stop:
            if not runs:
                raise
            kept = (*(run.path for run in runs), *stop.kept)
            raise Interrupted(f"{stop}. Finished before: {len(runs)} in {out}", kept) from stop
    return CompletedRuns(tuple(runs))
