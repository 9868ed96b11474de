"""What a scheduler and a worker say to each other: a line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from edgebench.farm.jobs import Job
from edgebench.farm.plan import PlannedRun, Target

WAITING, READY, REFUSED, DONE, FAILED = "waiting", "ready", "refused", "done", "failed"


@dataclass(frozen=True)
class Message:
    """A worker's word.

    Attributes
    ----------
    kind
        `WAITING`: the target is somebody else's, and reserved for us. `READY`: it is ours.
        `REFUSED`: it can't be had (``again``: now). `DONE`: a job's run directories, as paths.
        `FAILED`: why a job failed, and whether another try may help.
    """

    kind: str
    runs: tuple[str, ...] = ()
    reason: str = ""
    again: bool = False

    def to_line(self) -> str:
        """Return it as it is sent."""
        return json.dumps(asdict(self))


def parse_message(line: str) -> Message | None:
    """Read a worker's line; None for what is no message, such as a library's print."""
    try:
        values = json.loads(line)
        return Message(
            str(values["kind"]),
            tuple(map(str, values["runs"])),
            str(values["reason"]),
            bool(values["again"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def job_to_line(job: Job, out: str) -> str:
    """Return a job as a worker is told it."""
    return json.dumps({"job": asdict(job), "out": out})


def parse_job(line: str) -> tuple[Job, str]:
    """Read what a worker is told."""
    values = json.loads(line)
    job = values["job"]
    run = dict(job.pop("run"))
    for key in ("scenarios", "modes", "targets"):
        run[key] = tuple(run[key])
    return Job(run=PlannedRun(**run), **job), values["out"]


def target_from(values: dict[str, Any]) -> Target:
    """Rebuild a target."""
    return Target(**{**values, "deploy": tuple(values["deploy"])})
