"""The scheduler against boards that are not there: every fault to order, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.farm.journal import (
    AttemptFailed,
    JobStarted,
    Journal,
    MachineSlept,
    PowerCycled,
    TargetQuarantined,
)
from edgebench.farm.planning.jobs import Job, jobs_of
from edgebench.farm.planning.plan import Plan, PlannedRun
from edgebench.farm.planning.targets import PlaceTarget, Target
from edgebench.farm.scheduler import FarmOutcome, Scheduler
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

JOB_S = 10.0
QUEUE_S = 500.0
STOP_S, CYCLE_S = 0.5, 5.0
Script = dict[str, list[str]]


class Boards:
    """Workers of a script: what each board does with the next thing it is told.

    ``ok``, ``fail``, ``plan`` (a failure that is the plan's), ``die``, ``hang``, ``taken``,
    ``queue`` (reserved, and had after `QUEUE_S`); when the script ends, ``ok``.
    """

    identity = "here/me"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.now = 0.0
        self.asleep_s = 0.0
        self.held: set[str] = set()
        self.events: list[tuple[float, str, Message]] = []
        self.done: list[str] = []
        self.assigned = 0
        self.cycles: list[str] = []
        self.started: list[str] = []

    def _next(self, name: str) -> str:
        steps = self.script.get(name, [])
        return steps.pop(0) if steps else "ok"

    def _later(self, seconds: float, name: str, message: Message) -> None:
        self.events.append((self.now + seconds, name, message))

    def start(self, target: Target) -> None:
        assert target.name not in self.held
        self.started.append(target.name)
        steps = self.script.get(target.name, [])
        if steps and steps[0] == "taken":
            steps.pop(0)
            self._later(1, target.name, Refused("held by x/anna", again=True))
            return
        if steps and steps[0] == "no way":
            self._later(1, target.name, Refused("no such place"))
            return
        after = 1.0
        if steps and steps[0] == "queue":
            steps.pop(0)
            self._later(1, target.name, Waiting("held by x/anna"))
            after = QUEUE_S
        self.held.add(target.name)
        self._later(after, target.name, Ready())

    def assign(self, target: str, job: Job, out: Path) -> None:
        self.assigned += 1
        step = self._next(target)
        if step == "ok":
            run = out / "run"
            run.mkdir(parents=True, exist_ok=True)
            (run / "run.json").write_text("{}")
            self.done.append(job.id)
            self._later(JOB_S, target, Done((str(run),)))
        elif step in ("fail", "plan"):
            self._later(1, target, Failed(step, again=step == "fail"))
        elif step == "die":
            self._later(1, target, Died("signal 9"))
        elif step == "stolen":
            self._later(1, target, Refused("not ours any more", again=True))

    def stop(self, target: str, *, power_cycle: bool = False) -> None:
        self.events = [event for event in self.events if event[1] != target]
        why_not = ""
        if power_cycle and target in self.held:
            self.cycles.append(target)
        elif power_cycle:
            why_not = "not ours"
        self.held.discard(target)
        self._later(CYCLE_S if power_cycle else STOP_S, target, Stopped(why_not))

    def close(self) -> None:
        self.held.clear()
        self.events.clear()

    def messages(self, timeout_s: float) -> Iterator[tuple[str, Message]]:
        self.events.sort(key=lambda event: event[0])
        if self.events and self.events[0][0] <= self.now + timeout_s:
            when, name, message = self.events.pop(0)
            self.now = max(self.now, when)
            yield name, message
        else:
            self.now += timeout_s


def _carry_out(
    folder: Path,
    script: Script,
    boards: int = 2,
    repeats: int = 3,
    at: Callable[[Boards], None] = lambda _: None,
    **options: float,
) -> tuple[FarmOutcome, Boards, Journal]:
    targets = tuple(PlaceTarget(name=f"b{n}", place=f"b{n}") for n in range(boards))
    run = PlannedRun("kws-ds-cnn", repeats=repeats)
    plan = Plan(targets, (), (run,), **options)  # type: ignore[arg-type]
    workers, journal = Boards(script), Journal(folder)
    at(workers)
    scheduler = Scheduler(
        plan,
        workers,
        journal,
        clock=lambda: workers.now,
        wall=lambda: workers.now + workers.asleep_s,
    )
    outcome = scheduler.run(targets, jobs_of(plan, targets))
    return outcome, workers, journal


def test_boards_do_not_wait_for_each_other(tmp_path: Path) -> None:
    outcome, boards, journal = _carry_out(tmp_path, {}, boards=8, repeats=4)
    assert outcome == FarmOutcome(32, {}, {})
    assert boards.now < 4 * JOB_S + 5
    assert len(journal.state().finished) == 32
    assert not boards.held
    assert not journal.state().held


def test_a_board_that_fails_is_power_cycled_and_tried_again(tmp_path: Path) -> None:
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["ok", "fail"]})
    assert outcome.complete
    assert outcome.finished == 6
    assert boards.cycles == ["b0"]
    assert boards.started.count("b0") == 2


def test_a_power_cycle_keeps_no_other_board_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.farm.test_scheduler.CYCLE_S", 3 * JOB_S)
    outcome, _, journal = _carry_out(tmp_path, {"b0": ["fail"]}, repeats=4)
    assert outcome.complete
    events = list(journal.events())
    failed = next(i for i, event in enumerate(events) if isinstance(event, AttemptFailed))
    cycled = events.index(PowerCycled("b0", done=True))
    meanwhile = [event for event in events[failed:cycled] if isinstance(event, JobStarted)]
    assert [event.target for event in meanwhile] == ["b1"] * 3


def test_a_board_that_fails_twice_is_quarantined_and_the_others_go_on(tmp_path: Path) -> None:
    outcome, boards, journal = _carry_out(tmp_path, {"b0": ["ok", "fail", "fail"]})
    assert outcome.finished == 1 + 3
    assert list(outcome.quarantined) == ["b0"]
    assert len(outcome.failed) == 1
    assert not outcome.complete
    assert not boards.held
    assert any(isinstance(event, TargetQuarantined) for event in journal.events())


def test_what_is_the_plans_fault_costs_one_job(tmp_path: Path) -> None:
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["plan"]})
    assert (outcome.finished, len(outcome.failed), outcome.quarantined) == (5, 1, {})
    assert not boards.cycles


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    outcome, boards, journal = _carry_out(tmp_path, {"b1": ["die", "ok", "die"]})
    assert outcome.complete
    assert boards.cycles == ["b1", "b1"]
    reasons = [event.reason for event in journal.events() if isinstance(event, AttemptFailed)]
    assert reasons == ["its worker died: signal 9"] * 2
    assert boards.started.count("b1") == 3


def test_a_job_that_hangs_is_ended_by_its_deadline(tmp_path: Path) -> None:
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["hang"]}, time_limit_s=100.0)
    assert outcome.complete
    assert boards.now < 200
    assert boards.cycles == ["b0"]
    outcome, _, _ = _carry_out(tmp_path, {"b0": ["hang", "hang"]}, time_limit_s=100.0)
    assert "no result in 100 s" in outcome.quarantined["b0"]


def test_a_place_that_is_held_is_waited_for(tmp_path: Path) -> None:
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["taken", "taken", "taken"]})
    assert outcome.complete
    assert boards.started.count("b0") == 4
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["taken"] * 1000}, wait_s=60.0)
    assert "held by x/anna; waited 60 s" in outcome.quarantined["b0"]
    assert outcome.finished == 3


def test_queueing_for_a_place_is_no_hanging_job(tmp_path: Path) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    for folder in (short, long):
        folder.mkdir()
    outcome, boards, _ = _carry_out(long, {"b0": ["queue"]}, time_limit_s=100.0, wait_s=QUEUE_S + 1)
    assert outcome.complete
    assert boards.started.count("b0") == 1
    outcome, boards, _ = _carry_out(short, {"b0": ["queue"]}, wait_s=QUEUE_S - 100)
    assert "held by x/anna; waited 400 s" in outcome.quarantined["b0"]
    assert outcome.finished == 3
    assert not boards.held


def test_a_place_that_can_not_be_had_is_quarantined_at_once(tmp_path: Path) -> None:
    outcome, boards, _ = _carry_out(tmp_path, {"b0": ["no way"]})
    assert outcome.quarantined == {"b0": "no such place"}
    assert boards.started.count("b0") == 1


def test_a_job_on_a_place_that_was_stolen_is_done_again(tmp_path: Path) -> None:
    outcome, boards, journal = _carry_out(tmp_path, {"b0": ["ok", "stolen", "taken"]})
    assert outcome.complete
    assert len(boards.done) == len(set(boards.done)) == 6
    assert not journal.state().held


def test_what_ran_while_the_machine_slept_is_done_again(tmp_path: Path) -> None:
    """Also what says that it is done, as the first thing that is heard after waking up."""

    def sleeps(boards: Boards) -> None:
        messages, count = boards.messages, iter(range(10**6))

        def with_sleep(timeout_s: float) -> Iterator[tuple[str, Message]]:
            if next(count) == 4:
                boards.asleep_s += 3600
            return messages(timeout_s)

        boards.messages = with_sleep  # type: ignore[method-assign]

    outcome, boards, journal = _carry_out(tmp_path, {}, at=sleeps)
    assert outcome.complete
    assert outcome.finished == 6
    assert [event for event in journal.events() if isinstance(event, MachineSlept)] == [
        MachineSlept(3600)
    ]
    assert boards.assigned == 6 + 2


def test_whatever_is_raised_no_worker_is_left(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stops(boards: Boards) -> None:
        messages = boards.messages

        def interrupted(timeout_s: float) -> Iterator[tuple[str, Message]]:
            if boards.now > 15:
                raise Stop
            return messages(timeout_s)

        boards.messages = interrupted  # type: ignore[method-assign]
        kept.append(boards)

    kept: list[Boards] = []
    with pytest.raises(Stop):
        _carry_out(tmp_path, {}, at=stops)
    assert not kept[0].held
    assert not Journal(tmp_path).state().held


STEPS = st.sampled_from(["ok", "fail", "plan", "die", "hang", "taken", "stolen", "queue"])


@settings(max_examples=60)
@given(scripts=st.lists(st.lists(STEPS, max_size=8), min_size=1, max_size=4))
def test_whatever_happens_nothing_is_lost_or_done_twice(
    tmp_path_factory: pytest.TempPathFactory, scripts: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("farm")
    script = {f"b{n}": list(steps) for n, steps in enumerate(scripts)}
    outcome, boards, journal = _carry_out(
        folder, script, boards=len(scripts), time_limit_s=100.0, wait_s=1000.0
    )
    state = journal.state()
    assert len(state.finished) == outcome.finished
    assert len(boards.done) == len(set(boards.done))
    assert set(state.finished) <= set(boards.done)
    assert not boards.held
    assert not state.held
    aside = len(outcome.quarantined)
    assert outcome.finished + len(outcome.failed) + 3 * aside >= 3 * len(scripts)
