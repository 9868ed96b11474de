"""The matrix of a plan: every run on every target, in an order that drift can't be mistaken in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from edgebench.device_place import EmulatedDevice, parse_device
from edgebench.farm.plan import Plan, PlannedRun, Target

QUICK_S, WARMUP_S, DEVICE_S = 12.0, 2.0, 60.0
"""A quick scenario takes about so long, and MLPerf Tiny's windows on a board."""


@dataclass(frozen=True)
class Job:
    """A run on a target, for the ``repeat``-th time; ``id`` tells it from all others.

    It is made from what the job is, so that a plan that is resumed finds its jobs again, and one
    that was changed does not take another's for its own.
    """

    id: str
    target: str
    run: PlannedRun
    repeat: int

    def about_s(self, target: Target) -> float:
        """Return about how long it takes."""
        is_emulated = isinstance(parse_device(target.where), EmulatedDevice)
        if target.kind != "ssh" and not is_emulated:
            return DEVICE_S
        seconds = float(self.run.options.get("duration_s", QUICK_S))
        if self.run.options.get("official"):
            seconds = 600.0
        scenarios, modes = max(1, len(self.run.scenarios)), max(1, len(self.run.modes))
        return scenarios * (WARMUP_S + modes * seconds)


def folder_name(target: str) -> str:
    """Return a target's name as a folder can have it."""
    return "".join(each if each.isalnum() or each in "._-" else "-" for each in target)


def jobs_of(plan: Plan, targets: Sequence[Target]) -> dict[str, list[Job]]:
    """Return each target's jobs, in the order in which they are to run.

    Interleaved: every run once, then every run again, so that what changes in the course of the
    hours falls on all runs alike. By run: all repeats of one, then of the next.
    """
    jobs: dict[str, list[Job]] = {}
    for target in targets:
        mine = [run for run in plan.runs if not run.targets or target.name in run.targets]
        planned = [
            Job(_identity(target, run, repeat), target.name, run, repeat)
            for run in mine
            for repeat in range(run.repeats)
        ]
        if plan.order == "interleaved":
            planned.sort(key=lambda job: job.repeat)
        jobs[target.name] = planned
    return jobs


def _identity(target: Target, run: PlannedRun, repeat: int) -> str:
    what = {"target": [target.kind, target.where], "run": asdict(run), "repeat": repeat}
    text = json.dumps(what, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
