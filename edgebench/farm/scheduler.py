"""Carrying a plan out: one worker a target, each with its own queue, none waiting for another.

The scheduler knows no processes: it is told what `Workers` hear, and so it can be run against a
thousand boards that are not there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from edgebench.farm.jobs import Job, folder_name
from edgebench.farm.journal import Journal
from edgebench.farm.messages import DONE, FAILED, READY, REFUSED, WAITING, Message
from edgebench.farm.plan import Plan, Target

TRY_AGAIN_S = 2.0
"""A place that is somebody else's is asked for again after this."""
SLEPT_S = 5.0
"""The machine was asleep if the time of day went on by so much more than the clock of deadlines."""


class Workers(Protocol):
    """The processes that carry jobs out, by their target's name."""

    @property
    def identity(self) -> str:
        """Who holds the places, to labgrid."""

    def start(self, target: Target) -> None:
        """Start a target's worker, which says that it is ready, or why not."""

    def tell(self, target: str, job: Job, out: Path) -> None:
        """Give a worker that is ready a job."""

    def stop(self, target: str) -> None:
        """End a worker: it lets its target go, or that is done for it."""

    def heard(self, timeout_s: float) -> Iterator[tuple[str, Message | None]]:
        """Wait for workers; yield what they say, and None for one that has died."""

    def power_cycle(self, target: Target) -> str:
        """Switch a target off and on; return why that was not done, empty if it was."""


@dataclass
class _State:
    target: Target
    queue: deque[Job]
    attempts: dict[str, int] = field(default_factory=dict)
    running: Job | None = None
    began: float = 0.0
    started: bool = False
    ready: bool = False
    held: bool = False
    not_before: float = 0.0
    waiting_since: float | None = None
    waiting_for: str = ""
    set_aside: str = ""

    @property
    def is_done(self) -> bool:
        return bool(self.set_aside) or (not self.queue and self.running is None)


@dataclass(frozen=True)
class Outcome:
    """What came of a plan: jobs done, given up, and targets set aside with their reasons."""

    finished: int
    failed: Mapping[str, str]
    set_aside: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether every job was done."""
        return not self.failed and not self.set_aside


class Scheduler:
    """Carries queues of jobs out; see `run`."""

    def __init__(
        self,
        plan: Plan,
        workers: Workers,
        journal: Journal,
        told: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._plan, self._workers, self._journal = plan, workers, journal
        self._told, self._clock, self._wall = told, clock, wall
        self._states: dict[str, _State] = {}
        self._ahead_s = 0.0
        self._finished = 0
        self._failed: dict[str, str] = {}

    def run(self, targets: Sequence[Target], jobs: Mapping[str, Sequence[Job]]) -> Outcome:
        """Carry every job out; on the way out every worker is stopped, whatever happened."""
        self._states = {target.name: _State(target, deque(jobs[target.name])) for target in targets}
        self._ahead_s = self._wall() - self._clock()
        try:
            while not all(state.is_done for state in self._states.values()):
                self._start_workers()
                for name, message in self._workers.heard(self._patience_s()):
                    # First: what a worker says now may be of a run that the sleep fell into.
                    self._notice_sleep()
                    self._take(self._states[name], message)
                self._notice_sleep()
                self._check_deadlines()
        finally:
            for state in self._states.values():
                if state.started:
                    self._end(state)
        aside = {name: state.set_aside for name, state in self._states.items() if state.set_aside}
        return Outcome(self._finished, dict(self._failed), aside)

    # -- workers -------------------------------------------------------------------------------

    def _start_workers(self) -> None:
        for state in self._states.values():
            if not state.is_done and not state.started and self._clock() >= state.not_before:
                state.started, state.ready = True, False
                state.began = self._clock()
                self._workers.start(state.target)

    def _end(self, state: _State) -> None:
        self._workers.stop(state.target.name)
        if state.held:
            self._journal.write("released", place=state.target.where)
        state.started = state.ready = state.held = False

    def _take(self, state: _State, message: Message | None) -> None:
        if not state.started:
            return  # its last word, after it was stopped
        if message is None:
            self._go_wrong(state, "its worker died", again=True)
        elif message.kind == WAITING:
            self._wait(state, message.reason)
        elif message.kind == READY:
            state.ready, state.waiting_since = True, None
            if state.target.kind == "place":
                state.held = True
                by = self._workers.identity
                self._journal.write("acquired", place=state.target.where, by=by)
            self._next(state)
        elif message.kind == REFUSED:
            self._end(state)
            self._refused(state, message)
        elif message.kind == DONE and state.running is not None:
            self._done(state, state.running, message)
        elif message.kind == FAILED:
            self._go_wrong(state, message.reason, again=message.again)

    def _refused(self, state: _State, message: Message) -> None:
        if state.running is not None:  # it was ours, and is no more: the job is to be done again
            self._note_failure(state, message.reason)
            state.running = None
        if not message.again:
            self._quarantine(state, message.reason)
            return
        self._wait(state, message.reason)
        state.not_before = self._clock() + TRY_AGAIN_S

    def _wait(self, state: _State, reason: str) -> None:
        if state.waiting_since is None:
            state.waiting_since = self._clock()
            self._told(f"{state.target.name}: {reason}; waiting")
        state.waiting_for = reason

    def _next(self, state: _State) -> None:
        if not state.queue:
            self._end(state)
            return
        job = state.queue[0]
        out = self._journal.folder / "runs" / folder_name(state.target.name) / job.id
        out.mkdir(parents=True, exist_ok=True)
        state.running, state.began = job, self._clock()
        self._journal.write("started", job=job.id, target=state.target.name, run=job.run.label)
        self._workers.tell(state.target.name, job, out)

    def _done(self, state: _State, job: Job, message: Message) -> None:
        folder = self._journal.folder
        runs = [str(Path(run).relative_to(folder)) for run in message.runs]
        self._journal.write("finished", job=job.id, target=state.target.name, runs=runs)
        state.queue.popleft()
        state.running = None
        self._finished += 1
        took_s = self._clock() - state.began
        self._told(
            f"{state.target.name}: {job.run.label}, #{job.repeat + 1}: done in {took_s:.0f} s"
        )
        self._next(state)

    # -- what goes wrong -----------------------------------------------------------------------

    def _note_failure(self, state: _State, reason: str) -> int:
        job = state.running or state.queue[0]
        attempts = state.attempts[job.id] = state.attempts.get(job.id, 0) + 1
        self._journal.write(
            "attempt failed", job=job.id, target=state.target.name, reason=reason, attempt=attempts
        )
        self._told(f"{state.target.name}: {job.run.label}: {reason}")
        return attempts

    def _go_wrong(self, state: _State, reason: str, *, again: bool) -> None:
        """Try a job again after a power cycle, or give it up, and a board that is to blame too."""
        if not state.queue:
            self._end(state)
            return
        job = state.running or state.queue[0]
        attempts = self._note_failure(state, reason)
        state.running = None
        if again and attempts < self._plan.attempts:
            # Before the place is let go: only who holds it may switch it.
            why_not = self._workers.power_cycle(state.target)
            self._journal.write(
                "power cycle", target=state.target.name, done=not why_not, reason=why_not
            )
            self._end(state)
            return
        self._failed[job.id] = f"{state.target.name}: {job.run.label}: {reason}"
        self._journal.write("failed", job=job.id, target=state.target.name, reason=reason)
        state.queue.popleft()
        if again:  # not the plan's fault: a board that fails twice fails the others' time too
            self._quarantine(state, reason)
        elif state.ready:
            self._next(state)

    def _quarantine(self, state: _State, reason: str) -> None:
        state.set_aside, state.running = reason, None
        self._journal.write("set aside", target=state.target.name, reason=reason)
        self._told(f"{state.target.name}: set aside: {reason}")
        if state.started:
            self._end(state)

    def _check_deadlines(self) -> None:
        now = self._clock()
        for state in self._states.values():
            if state.is_done:
                continue
            if state.waiting_since is not None:
                if now - state.waiting_since > self._plan.wait_s:
                    why = f"{state.waiting_for}; waited {self._plan.wait_s:g} s"
                    self._quarantine(state, why)
            elif state.started and now - state.began > self._plan.time_limit_s:
                why = f"nothing came of it in {self._plan.time_limit_s:g} s"
                self._go_wrong(state, why, again=True)

    def _patience_s(self) -> float:
        waits = [self._until(state) for state in self._states.values() if not state.is_done]
        return min(max(0.0, min(waits, default=0.0) - self._clock()), 60.0) + 0.01

    def _until(self, state: _State) -> float:
        """Return when something is to be done about a target if nothing is heard of it."""
        if not state.started:
            return state.not_before
        if state.waiting_since is not None:
            return state.waiting_since + self._plan.wait_s
        return state.began + self._plan.time_limit_s

    def _notice_sleep(self) -> None:
        """Do what was running in a sleep again: lost connections and timings may go unnoticed."""
        before, self._ahead_s = self._ahead_s, self._wall() - self._clock()
        seconds = self._ahead_s - before
        if seconds <= SLEPT_S:
            return
        self._journal.write("slept", seconds=round(seconds, 1))
        self._told(f"this machine was asleep for {seconds:.0f} s: what was running is done again")
        for state in self._states.values():
            if state.running is not None:
                self._journal.write(
                    "attempt failed",
                    job=state.running.id,
                    target=state.target.name,
                    reason="asleep",
                )
                state.running = None
                self._end(state)
