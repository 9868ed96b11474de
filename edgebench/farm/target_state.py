"""How far a target is: its queue of jobs, its worker, and until when something must happen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.plan import Plan
from edgebench.farm.planning.targets import Target

NEVER = float("inf")


@dataclass
class TargetState:
    """A target in the course of a plan; times are of the scheduler's clock.

    Attributes
    ----------
    attempts
        How often each job was tried, by its id.
    running, began
        The job that its worker has; when that, or the worker, was started.
    started, ready, held
        Whether it has a worker, whether that has the target, and whether it is a place of labgrid.
    stopping, cycling
        Whether the worker is being ended, and the board switched off and on before.
    not_before
        When a worker may be started again.
    waiting_since, waiting_for
        Since when somebody else's target is waited for, and why.
    quarantined
        Why the target was given up; empty if it was not.
    """

    target: Target
    queue: deque[Job]
    attempts: dict[str, int] = field(default_factory=dict)
    running: Job | None = None
    began: float = 0.0
    started: bool = False
    ready: bool = False
    held: bool = False
    stopping: bool = False
    cycling: bool = False
    not_before: float = 0.0
    waiting_since: float | None = None
    waiting_for: str = ""
    quarantined: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do, and nothing is being done."""
        if self.stopping:
            return False
        return bool(self.quarantined) or (not self.queue and self.running is None)

    @property
    def may_start(self) -> bool:
        """Whether it wants a worker, as soon as `not_before` is over."""
        return not self.started and not self.is_done

    def next_check(self, plan: Plan) -> float:
        """Return when something is to be done about the target if its worker says nothing."""
        if self.stopping or self.is_done:
            return NEVER
        if not self.started:
            return self.not_before
        if self.waiting_since is not None:
            return self.waiting_since + plan.wait_s
        return self.began + plan.time_limit_s
