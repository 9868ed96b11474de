"""The same run at several settings: ``threads=1,2``, or every pair of two such lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from edgebench.errors import Interrupted, UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.request_defaults import DEFAULT_OUT
from edgebench.harness.run.session import run_request
from edgebench.rundir.reader import CompletedRuns, Run
from edgebench.rundir.records.request import RequestRecord
from edgebench.runtime_settings import (
    RuntimeSettings,
    can_be_text,
    setting_from_text,
    setting_types,
)
from edgebench.text.printable import excerpt
from edgebench.text.typed_json import TypedJsonError, structure

FREQUENCY = "frequency"


@dataclass(frozen=True)
class Sweep:
    """A setting and the values that it takes, in the order they were asked for."""

    name: str
    values: tuple[Any, ...]

    def asked_in(self, request: RequestRecord) -> Any:
        """Return the value that a run was asked for with."""
        if self.name == FREQUENCY:
            return request.frequency_mhz
        return getattr(request.settings, self.name)


def swept_names() -> tuple[str, ...]:
    """Return what can be swept: the runtime's settings, and the processors' clock."""
    return (*(name for name in setting_types() if can_be_text(name)), FREQUENCY)


def parse_sweep(text: str) -> Sweep:
    """Read ``NAME=VALUE,VALUE,...``, as it is typed.

    Raises
    ------
    UsageError
        If there is no such setting, or a value is none.
    """
    option, _, values = text.partition("=")
    name = option.replace("-", "_")
    if name not in swept_names():
        raise UsageError.unknown("sweep", option, swept_names())
    read = _megahertz if name == FREQUENCY else partial(setting_from_text, name)
    try:
        found = tuple(dict.fromkeys(read(each) for each in values.split(",")))
    except ValueError as error:
        raise UsageError(
            f"`sweep`: {excerpt(text, 60)!r} is not such as threads=1,2 ({error})",
            field="sweep",
            value=text,
        ) from error
    return Sweep(name, found)


def sweep_of(name: str, values: Sequence[Any]) -> Sweep:
    """Return the sweep of a setting over values of its own type; raises as `parse_sweep`."""
    if name not in swept_names():
        raise UsageError.unknown("sweep", name, swept_names())
    if not values:
        raise UsageError(f"`sweep` names no value of `{name}`", field="sweep")
    found = dict.fromkeys(_checked(name, value) for value in values)
    return Sweep(name, tuple(found))


def _checked(name: str, value: Any) -> Any:
    """Return a setting's value, if it is of the setting's type and range."""
    if name == FREQUENCY:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(
                f"`sweep`: `{name}` must be a number of MHz, not {excerpt(repr(value), 40)}",
                field="sweep",
                value=value,
            )
        return float(value)
    try:
        return getattr(structure(RuntimeSettings, {name: value}), name)
    except (TypedJsonError, UsageError) as error:
        raise UsageError(f"`sweep`: {error}", field="sweep", value=value) from error


def _megahertz(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{excerpt(text, 40)!r} is not a number of MHz") from error


def sweeps_of(asked: str | Iterable[str] | Mapping[str, Sequence[Any]]) -> tuple[Sweep, ...]:
    """Return sweeps, each of another setting: texts as they are typed, or values by name.

    Raises
    ------
    UsageError
        As `parse_sweep`; or if a setting is swept twice.
    """
    if isinstance(asked, Mapping):
        return tuple(sweep_of(name, values) for name, values in asked.items())
    texts = [asked] if isinstance(asked, str) else asked
    found = tuple(parse_sweep(text) for text in texts)
    names = [sweep.name for sweep in found]
    if len(set(names)) < len(names):
        raise UsageError(
            f"`sweep`: {', '.join(names)}: name each setting once, with all its values",
            field="sweep",
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
    names = [sweep.name for sweep in sweeps]
    requests = [
        _at(request, dict(zip(names, values, strict=True)))
        for values in product(*(sweep.values for sweep in sweeps))
    ]
    return run_each(requests, out, progress)


def _at(request: RunRequest, values: Mapping[str, Any]) -> RunRequest:
    """Return a request at one combination of values."""
    frequency = {"frequency_mhz": values[FREQUENCY]} if FREQUENCY in values else {}
    changed = {name: value for name, value in values.items() if name != FREQUENCY}
    return replace(request, settings=replace(request.settings, **changed), **frequency)


def run_each(
    requests: Sequence[RunRequest], out: Path = DEFAULT_OUT, progress: Progress | None = None
) -> CompletedRuns:
    """Carry out requests one after another.

    Raises
    ------
    Interrupted
        After Ctrl-C; it says as well how many runs were finished before.
    EdgebenchError
        As `run_request`; the runs before are complete.
    """
    for each in requests:
        each.check_here()
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
