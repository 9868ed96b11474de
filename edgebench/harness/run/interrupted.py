"""Interrupted runs: which is the newest, what is missing of it, and the request to go on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgebench.errors import RequestInvalid, ResumeMismatch, RunDirectoryInvalid
from edgebench.harness.request import RunRequest, request_from_json
from edgebench.mlperf.scenarios import ScenarioName, scenario_called
from edgebench.rundir.layout import PARTIAL_SUFFIX
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.search import find_runs


def newest_interrupted(out: Path) -> tuple[list[Run], list[Run]]:
    """Return the runs of the newest interrupted session: the pending ones, the complete ones.

    Raises
    ------
    ResumeMismatch
        If there is none that can be read; the message has why the first could not.
    """
    runs, refused = _read_runs(out)
    partial = [run for run in runs if run.is_partial]
    if not partial:
        why = f": {refused[0]}" if refused else ""
        raise ResumeMismatch(f"{out}: no interrupted run to resume{why}")
    session = max(run.record.session for run in partial)
    pending = [run for run in partial if run.record.session == session]
    complete = [run for run in runs if not run.is_partial and run.record.session == session]
    return pending, complete


def never_begun(pending: list[Run], complete: list[Run], request: RunRequest) -> list[ScenarioName]:
    """Return the scenarios without a run directory, of a run that ended while it made them.

    Where something is measured, a directory that is missing was moved or removed by somebody.
    """
    if complete or any(run.record.calibration for run in pending):
        return []
    there = {scenario_called(run.record.scenario).name for run in pending}
    return [name for name in request.scenarios if name not in there]


def as_begun(run: Run) -> RunRequest:
    """Return the request that a run was begun with.

    Raises
    ------
    ResumeMismatch
        If another edgebench began it, with a request that this one does not know.
    """
    # A field that is None was not given, or is newer than the run.
    asked = {k: value for k, value in run.record.request.to_dict().items() if value is not None}
    try:
        return request_from_json(asked, "it was begun by another edgebench")
    except RequestInvalid as error:
        raise ResumeMismatch(f"{run.path}: {error}") from error


def moved(request: RunRequest, port: str) -> RunRequest:
    """Return the request for a device that is at another port now.

    Raises
    ------
    ResumeMismatch
        If the run is not of a device.
    """
    if request.device is None:
        raise ResumeMismatch(
            "the run to be resumed is of this machine: leave `device` out", field="device"
        )
    asked = request.device
    # A device behind its interface board has the board's port.
    interface = port if asked.interface == asked.port else asked.interface
    return replace(request, device=replace(asked, port=port, interface=interface))


def without_faults(request: RunRequest) -> RunRequest:
    """Return the request without faults of an emulated line: they belong to the first try."""
    if request.device is None:
        return request
    return replace(request, device=replace(request.device, inject=()))


def _read_runs(out: Path) -> tuple[list[Run], list[RunDirectoryInvalid]]:
    """Return the runs that can be read, and the errors of the interrupted ones that can't."""
    runs: list[Run] = []
    refused: list[RunDirectoryInvalid] = []
    for path in find_runs(out):
        # A damaged one must not stand in the way of those that are not.
        try:
            runs.append(read_run(path))
        except RunDirectoryInvalid as error:
            if path.name.endswith(PARTIAL_SUFFIX):
                refused.append(error)
    return runs, refused
