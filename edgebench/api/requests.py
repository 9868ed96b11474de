"""Carry out what was asked for before: a request that was written down, an interrupted run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgebench.api.arguments import public
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest, request_from_json
from edgebench.harness.request_defaults import DEFAULT_OUT
from edgebench.harness.run.session import resume as resume_run
from edgebench.harness.run.session import run_request as carry_out
from edgebench.results.summary.run_result import RunResult


@public
def run_request(
    request: RunRequest | Mapping[str, object],
    *,
    out: str | Path = DEFAULT_OUT,
    progress: Progress | None = None,
) -> RunResult:
    """Carry out a request that was made before, or written as JSON.

    Parameters
    ----------
    request
        A `RunRequest`, or its values as `json.loads` returns them: what run.json has under
        ``request``. What is left out has its default; ``settings`` has the runtime's.
    out, progress
        As `run` takes them.

    Raises
    ------
    RequestInvalid
        If a key is unknown, a value is of another type, or something can't be asked for.
    EdgebenchError
        As `run`.
    """
    asked = request if isinstance(request, RunRequest) else request_from_json(request)
    return RunResult(carry_out(asked, Path(out), progress).runs)


@public
def resume(
    out: str | Path = DEFAULT_OUT, *, device: str | None = None, progress: Progress | None = None
) -> RunResult:
    """Go on with the newest interrupted run in a folder, with the settings it began with.

    Parameters
    ----------
    device
        Where the serial device is now: a port may come back under another name.
    progress
        As `run` takes it.

    Raises
    ------
    ResumeMismatch
        If there is nothing to resume, or the model, the data or the runtime are others now.
    EdgebenchError
        As `run`.
    """
    return RunResult(resume_run(Path(out), progress, device=device).runs)
