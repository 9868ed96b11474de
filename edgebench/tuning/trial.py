"""One trial: a short run of the real harness, and whether the machine was its own meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.clock import now_ns
from edgebench.errors import DiskFull, EdgebenchError, RuntimeCrashed
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.host.state import MOST_OTHERS_SHARE, cpu_times, others_share
from edgebench.runtime_settings import RuntimeSettings
from edgebench.text.brief import Brief
from edgebench.tuning.objective import Objective

TRIES = 3

MayRepeat = Callable[[], bool]
"""Whether there is time to repeat a trial that was contended."""


@dataclass(frozen=True, repr=False)
class Trial(Brief):
    """The outcome of a trial.

    Attributes
    ----------
    figure
        In the objective's unit; None where the settings can't run, or hold no bound.
    others_share
        What other programs took of the machine meanwhile.
    problem
        Why there is no figure, or why it is not to be believed.
    is_limited
        Whether a CPU quota or a memory limit held it up.
    crashed
        Whether the runtime ends the process that runs the model so.
    """

    settings: RuntimeSettings
    seconds: float
    figure: float | None
    others_share: float
    took_s: float
    problem: str = ""
    is_limited: bool = False
    crashed: bool = False

    @property
    def is_contended(self) -> bool:
        """Whether other programs were in the way."""
        return self.others_share > MOST_OTHERS_SHARE


def try_settings(
    request: RunRequest,
    objective: Objective,
    settings: RuntimeSettings,
    seconds: float,
    may_repeat: MayRepeat,
) -> Trial:
    """Measure settings for so many seconds; a contended trial is repeated while it may be.

    Returns
    -------
    The least contended one of up to `TRIES`.
    """
    found: list[Trial] = []
    for _ in range(TRIES):
        trial = _once(request, objective, settings, seconds)
        found.append(trial)
        if trial.figure is None or not trial.is_contended:
            return trial
        if not may_repeat():
            break
    return min(found, key=lambda trial: trial.others_share)


def _once(
    request: RunRequest, objective: Objective, settings: RuntimeSettings, seconds: float
) -> Trial:
    asked = replace(request, settings=settings, duration_s=seconds)
    before, started = cpu_times(), now_ns()
    figure, problem, is_limited, crashed = None, "", False, False
    with TemporaryDirectory(prefix="edgebench-tune-") as folder:
        try:
            (run,) = run_request(asked, Path(folder)).runs
            figure, is_limited = objective.figure(run.record), run.record.limited
            if figure is None:
                problem = _why(run.record.performance is not None and run.record.performance.valid)
        except DiskFull as error:
            raise DiskFull(
                f"{folder}: no space left for the files of a trial; free some, or set the "
                "environment variable TMPDIR to another folder"
            ) from error
        except EdgebenchError as error:
            # A batch that the model can't be resized to, a runtime that lacks an op, or crashes.
            problem = str(error)
            crashed = isinstance(error, RuntimeCrashed)
    # The whole of it: instances in processes of their own are ours once they have ended.
    others = others_share(before, cpu_times()) or 0.0
    took_s = (now_ns() - started) / 1e9
    return Trial(settings, seconds, figure, others, took_s, problem, is_limited, crashed)


def _why(valid: bool) -> str:
    return "no figure: was a meter read?" if valid else "it held no rate within the bound"
