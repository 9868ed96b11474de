"""The same run at several settings: ``threads=1,2`` or ``frequency=600,1500``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgebench.errors import UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.session import DEFAULT_OUT, RunResult, run_request

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


def run_sweep(
    request: RunRequest, sweep: Sweep, out: Path = DEFAULT_OUT, progress: Progress | None = None
) -> RunResult:
    """Carry out a request at each value; what a request can tell by itself is checked before.

    Raises
    ------
    EdgebenchError
        As `run_request`; the runs at the values before are complete.
    """
    settings: list[dict[str, Any]] = [{sweep.field: value} for value in sweep.values]
    requests = [replace(request, **setting) for setting in settings]
    runs = [run for each in requests for run in run_request(each, out, progress).runs]
    return RunResult(tuple(runs))
