"""The matrix of a plan: every run on every target, in an order that drift can't be mistaken in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from edgebench.farm.planning.plan import Plan, PlannedRun
from edgebench.farm.planning.targets import Target, kind_of
from edgebench.harness.request import RunRequest

QUICK_S, OFFICIAL_S, DEVICE_S = 12.0, 600.0, 60.0
"""About how long a quick scenario takes, an official one, and MLPerf Tiny's windows on a board."""


@dataclass(frozen=True)
class Job:
    """A run on a target, for the ``repeat``-th time.

    Attributes
    ----------
    id
        Tells it from all others. It is made from what the job is, so that a plan that is resumed
        finds its jobs again, and one that was changed does not take another's for its own.
    target, label
        The target's name, and what tables call the run.
    request
        What is run. The port of a place is not known yet: see `PlannedRun.request_for`.
    """

    id: str
    target: str
    label: str
    repeat: int
    request: RunRequest

    def about_s(self) -> float:
        """Return about how long it takes."""
        request = self.request
        if request.device is not None and not request.device.is_emulated:
            return DEVICE_S
        seconds = OFFICIAL_S if request.official else request.duration_s or QUICK_S
        return len(request.scenarios) * (request.warmup_s + len(request.modes) * seconds)


def folder_name(target: str) -> str:
    """Return a target's name as a folder can have it."""
    return "".join(each if each.isalnum() or each in "._-" else "-" for each in target)


def jobs_of(plan: Plan, targets: Sequence[Target]) -> dict[str, list[Job]]:
    """Return each target's jobs, in the order in which they are to run.

    Interleaved: every run once, then every run again, so that what changes in the course of the
    hours affects all runs alike. By run: all repeats of one, then of the next.
    """
    jobs: dict[str, list[Job]] = {}
    for target in targets:
        planned = [
            job for run in plan.runs if run.is_for(target.name) for job in _jobs(plan, run, target)
        ]
        if plan.order == "interleaved":
            planned.sort(key=lambda job: job.repeat)
        jobs[target.name] = planned
    return jobs


def _jobs(plan: Plan, run: PlannedRun, target: Target) -> list[Job]:
    repeats, request = plan.repeats_of(run), run.request_for(target)
    return [
        Job(_identity(target, run, repeats, repeat), target.name, run.label, repeat, request)
        for repeat in range(repeats)
    ]


def _identity(target: Target, run: PlannedRun, repeats: int, repeat: int) -> str:
    counted = asdict(replace(run, repeats=repeats))
    what = {"target": [kind_of(target), target.where], "run": counted, "repeat": repeat}
    text = json.dumps(what, sort_keys=True, default=str, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
