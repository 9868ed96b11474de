"""Carry a plan out: one worker per target, each with its own queue, none waiting for another.

The scheduler knows no processes, only `Workers`, so it can be tested against a thousand boards that
do not exist.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from edgebench.events import OnEvent, ignore
from edgebench.farm.journal import (
    AttemptFailed,
    JobFailed,
    JobFinished,
    JobStarted,
    Journal,
    MachineSlept,
    PlaceAcquired,
    PlaceReleased,
    PowerCycled,
    TargetQuarantined,
)
from edgebench.farm.planning.jobs import Job, folder_name
from edgebench.farm.planning.plan import Plan
from edgebench.farm.planning.targets import PlaceTarget, Target
from edgebench.farm.target_state import TargetState
from edgebench.farm.workers.contract import Workers
from edgebench.farm.workers.messages import (
    Died,
    Done,
    Failed,
    Message,
    Ready,
    Refused,
    Stopped,
    Waiting,
)
from edgebench.text.brief import Brief

TRY_AGAIN_S = 2.0
"""A place that is somebody else's is asked for again after this."""
PATIENCE_S = 60.0
SLEPT_S = 5.0
"""The machine was asleep if the time of day went on by so much more than the clock of deadlines."""


@dataclass(frozen=True, repr=False)
class FarmOutcome(Brief):
    """The outcome of a plan: jobs done, given up, and targets quarantined with their reasons."""

    json_properties: ClassVar[tuple[str, ...]] = ("complete",)

    finished: int
    failed: Mapping[str, str]
    quarantined: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether every job was done."""
        return not self.failed and not self.quarantined


class Scheduler:
    """Carries queues of jobs out; see `run`."""

    def __init__(
        self,
        plan: Plan,
        workers: Workers,
        journal: Journal,
        on_event: OnEvent = ignore,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._plan, self._workers, self._journal = plan, workers, journal
        self._on_event, self._clock, self._wall = on_event, clock, wall
        self._states: dict[str, TargetState] = {}
        self._ahead_s = 0.0
        self._finished = 0
        self._failed: dict[str, str] = {}

    def run(self, targets: Sequence[Target], jobs: Mapping[str, Sequence[Job]]) -> FarmOutcome:
        """Carry every job out; on the way out every worker is stopped, whatever happened."""
        self._states = {
            target.name: TargetState(target, deque(jobs[target.name])) for target in targets
        }
        self._ahead_s = self._wall() - self._clock()
        try:
            while not all(state.is_done for state in self._states.values()):
                self._start_workers()
                for name, message in self._workers.messages(self._patience_s()):
                    # First: what a worker says now may be of a run that the sleep fell into.
                    self._notice_sleep()
                    self._take(self._states[name], message)
                self._notice_sleep()
                self._check_deadlines()
        finally:
            self._workers.close()
            for state in self._states.values():
                self._released(state)
        quarantined = {
            name: state.quarantined for name, state in self._states.items() if state.quarantined
        }
        return FarmOutcome(self._finished, dict(self._failed), quarantined)

    # -- workers -------------------------------------------------------------------------------

    def _start_workers(self) -> None:
        for state in self._states.values():
            if state.may_start and self._clock() >= state.not_before:
                state.started, state.ready = True, False
                state.began = self._clock()
                self._workers.start(state.target)

    def _stop(self, state: TargetState, *, power_cycle: bool = False) -> None:
        state.stopping, state.cycling, state.ready = True, power_cycle, False
        self._workers.stop(state.target.name, power_cycle=power_cycle)

    def _stopped(self, state: TargetState, why_not_cycled: str) -> None:
        if state.cycling:
            self._journal.write(
                PowerCycled(state.target.name, done=not why_not_cycled, reason=why_not_cycled)
            )
        self._released(state)
        state.started = state.stopping = state.cycling = False

    def _released(self, state: TargetState) -> None:
        if state.held:
            self._journal.write(PlaceReleased(state.target.where))
        state.held = False

    def _take(self, state: TargetState, message: Message) -> None:
        if isinstance(message, Stopped):
            self._stopped(state, message.reason)
            return
        if not state.started or state.stopping:
            return  # its last word, after it was to stop
        match message:
            case Died(how):
                self._go_wrong(state, f"its worker died: {how}", again=True)
            case Waiting(reason):
                self._wait(state, reason)
            case Ready():
                self._ready(state)
            case Refused(reason, again):
                self._refused(state, reason, again=again)
            case Done(runs) if state.running is not None:
                self._done(state, state.running, runs)
            case Failed(reason, again):
                self._go_wrong(state, reason, again=again)

    def _ready(self, state: TargetState) -> None:
        state.ready, state.waiting_since = True, None
        if isinstance(state.target, PlaceTarget):
            state.held = True
            self._journal.write(PlaceAcquired(state.target.where, by=self._workers.identity))
        self._next(state)

    def _refused(self, state: TargetState, reason: str, *, again: bool) -> None:
        if state.running is not None:  # it was ours, and is no more: the job is to be done again
            self._note_failure(state, reason)
            state.running = None
        self._stop(state)
        if not again:
            self._quarantine(state, reason)
            return
        self._wait(state, reason)
        state.not_before = self._clock() + TRY_AGAIN_S

    def _wait(self, state: TargetState, reason: str) -> None:
        if state.waiting_since is None:
            state.waiting_since = self._clock()
            self._on_event(f"{state.target.name}: {reason}; waiting")
        state.waiting_for = reason

    def _next(self, state: TargetState) -> None:
        if not state.queue:
            self._stop(state)
            return
        job = state.queue[0]
        out = self._journal.folder / "runs" / folder_name(state.target.name) / job.id
        out.mkdir(parents=True, exist_ok=True)
        state.running, state.began = job, self._clock()
        self._journal.write(JobStarted(job.id, state.target.name, job.label))
        self._workers.assign(state.target.name, job, out)

    def _done(self, state: TargetState, job: Job, runs: Sequence[str]) -> None:
        folder = self._journal.folder
        below = tuple(str(Path(run).relative_to(folder)) for run in runs)
        self._journal.write(JobFinished(job.id, state.target.name, below))
        state.queue.popleft()
        state.running = None
        self._finished += 1
        took_s = self._clock() - state.began
        self._on_event(
            f"{state.target.name}: {job.label}, #{job.repeat + 1}: done in {took_s:.0f} s"
        )
        self._next(state)

    # -- what goes wrong -----------------------------------------------------------------------

    def _note_failure(self, state: TargetState, reason: str) -> int:
        job = state.running or state.queue[0]
        attempts = state.attempts[job.id] = state.attempts.get(job.id, 0) + 1
        self._journal.write(AttemptFailed(job.id, state.target.name, reason, attempts))
        self._on_event(f"{state.target.name}: {job.label}: {reason}")
        return attempts

    def _go_wrong(self, state: TargetState, reason: str, *, again: bool) -> None:
        """Try a job again after a power cycle, or give it up, and a board that is to blame too."""
        if not state.queue:
            self._stop(state)
            return
        job = state.running or state.queue[0]
        attempts = self._note_failure(state, reason)
        state.running = None
        if again and attempts < self._plan.attempts:
            # Before the place is let go: only who holds it may switch it.
            self._stop(state, power_cycle=True)
            return
        self._failed[job.id] = f"{state.target.name}: {job.label}: {reason}"
        self._journal.write(JobFailed(job.id, state.target.name, reason))
        state.queue.popleft()
        if again:  # not the plan's fault: a board that fails twice fails the others' time too
            self._quarantine(state, reason)
        elif state.ready:
            self._next(state)

    def _quarantine(self, state: TargetState, reason: str) -> None:
        state.quarantined, state.running = reason, None
        self._journal.write(TargetQuarantined(state.target.name, reason))
        self._on_event(f"{state.target.name}: quarantined: {reason}")
        if state.started and not state.stopping:
            self._stop(state)

    def _check_deadlines(self) -> None:
        now = self._clock()
        for state in self._states.values():
            if state.is_done or state.stopping:
                continue
            if state.waiting_since is not None:
                if now - state.waiting_since > self._plan.wait_s:
                    why = f"{state.waiting_for}; waited {self._plan.wait_s:g} s"
                    self._quarantine(state, why)
            elif state.started and now - state.began > self._plan.time_limit_s:
                why = f"no result in {self._plan.time_limit_s:g} s"
                self._go_wrong(state, why, again=True)

    def _patience_s(self) -> float:
        first = min(state.next_check(self._plan) for state in self._states.values())
        return min(max(0.0, first - self._clock()), PATIENCE_S) + 0.01

    def _notice_sleep(self) -> None:
        """Do what was running in a sleep again: lost connections and timings may go unnoticed."""
        before, self._ahead_s = self._ahead_s, self._wall() - self._clock()
        seconds = self._ahead_s - before
        if seconds <= SLEPT_S:
            return
        self._journal.write(MachineSlept(round(seconds, 1)))
        self._on_event(f"this machine slept for {seconds:.0f} s: what was running is done again")
        for state in self._states.values():
            if state.running is not None:
                job, state.running = state.running, None
                self._journal.write(AttemptFailed(job.id, state.target.name, "asleep"))
                self._stop(state)
