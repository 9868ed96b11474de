"""plan.toml, its matrix, and the journal: what is read, refused with its line, and remembered."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.errors import RunDirectoryBusy, RunDirectoryInvalid, UsageError
from edgebench.farm.journal import (
    FILE,
    AttemptFailed,
    JobFailed,
    JobFinished,
    Journal,
    PlaceAcquired,
    PlaceReleased,
    TargetQuarantined,
)
from edgebench.farm.planning.jobs import jobs_of
from edgebench.farm.planning.plan import Plan
from edgebench.farm.planning.plan_file import PlanInvalid, read_plan
from edgebench.farm.planning.targets import kind_of
from edgebench.farm.session import prepare_farm
from tests.conftest import ONE_FOLDER

PLAN = """\
repeats = 2
order = "interleaved"
time_limit_s = 60
out = "somewhere"

[[targets]]
device = "emulated:kws-ds-cnn"
name = "desk"

[[targets]]
ssh = "pi@raspberrypi"

[[runs]]
model = "kws-ds-cnn"
scenarios = ["singlestream"]
modes = ["accuracy"]
options = { duration_s = 1.5 }

[[runs]]
model = "digits-resnet8"
repeats = 3
targets = ["desk"]
"""


def _plan(folder: Path, text: str = PLAN) -> Plan:
    path = folder / "plan.toml"
    path.write_text(text)
    return read_plan(path)


def test_a_plan_is_read(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    assert [(t.name, kind_of(t), t.where) for t in plan.targets] == [
        ("desk", "device", "emulated:kws-ds-cnn"),
        ("pi@raspberrypi", "ssh", "pi@raspberrypi"),
    ]
    assert [(run.model, plan.repeats_of(run)) for run in plan.runs] == [
        ("kws-ds-cnn", 2),
        ("digits-resnet8", 3),
    ]
    assert plan.runs[0].options == {"duration_s": 1.5}
    assert (plan.out, plan.time_limit_s, plan.attempts) == ("somewhere", 60.0, 2)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("repeats = 2", "repeats = 0", "line 1: `repeats` must be at least 1"),
        ("repeats = 2", 'repeats = "two"', "line 1: `repeats` must be an integer, not 'two'"),
        ("repeats = 2", "repeats = true", "line 1: `repeats` must be an integer"),
        ('"interleaved"', '"random"', "line 2: `order` must be one of interleaved, by-run"),
        ("time_limit_s = 60", "time_limit_s = -1", "line 3: `time_limit_s` must be above 0"),
        ("time_limit_s = 60", "time_limit_s = nan", "line 3: `time_limit_s` must be above 0"),
        ("out = ", "output = ", "line 4: `output` is unknown; did you mean `out`"),
        ('device = "emulated:kws-ds-cnn"', 'devise = "x"', "line 6: a target has one of"),
        ('name = "desk"', 'place = "p"', "line 6: a target has .*; this one has `place` and"),
        ('name = "desk"', "meter = 3", "line 8: `meter` must be a string, not 3"),
        ('name = "desk"', 'supply_v = "3"', "line 8: `.*supply_v` must be a number, not '3'"),
        ('name = "desk"', 'host_timed = "no"', "line 8: `.*host_timed` must be true or false"),
        ('ssh = "pi@raspberrypi"', 'ssh = "-oProxyCommand=x"', "line 11: `ssh` must name one"),
        ('ssh = "pi@raspberrypi"', 'ssh = "pi"\nboard = "x"', "line 12: `.*board` is unknown"),
        ('["singlestream"]', '["stream"]', "line 15: `.*scenarios.*` must be one of"),
        ('["singlestream"]', '"singlestream"', "line 15: `.*scenarios` must be a list"),
        ('["accuracy"]', '["speed"]', "line 16: `.*modes.*` must be one of performance"),
        ("duration_s = 1.5", "duration = 1.5", "line 17: `duration` is unknown; did you mean"),
        ("duration_s = 1.5", 'duration_s = "3"', "line 17: `duration_s` must be a number"),
        ("duration_s = 1.5", "threads = 2.5", "line 17: `threads` must be an integer, not 2.5"),
        ("duration_s = 1.5", 'threads = "2"', "line 17: `threads` must be an integer, not '2'"),
        ("duration_s = 1.5", "threads = 0", "line 17: `threads` must be an integer of at least"),
        ("duration_s = 1.5", 'model = "x"', "line 17: `model` is no option: it is a key of the r"),
        ("duration_s = 1.5", 'power = "x"', "line 17: `power` is no option: it is a key of the t"),
        (
            'targets = ["desk"]',
            'targets = ["shelf"]',
            "line 22: `targets`: unknown value 'shelf'; choose from desk",
        ),
        ('model = "kws-ds-cnn"', 'model = "kws"', "line 14: .*kws"),
        ('model = "kws-ds-cnn"', "model = 7", "line 14: `.*model` must be a string, not 7"),
        ("duration_s = 1.5", 'dataset = "few.npz"', "line 17: few.npz: there is no such file"),
        ('name = "desk"', 'board = "mps2-an385"', "line 8: `board` and `deploy` go together"),
        ('name = "desk"', 'deploy = ["cp", 3]', "line 8: `.*deploy.*` must be a string, not 3"),
        ("[[runs]]", "[[runs]", "not a readable TOML"),
        pytest.param("repeats = 2", f"repeats = {'[' * 10_000}", "nested too deep", id="brackets"),
        pytest.param("repeats = 2", f"repeats = {'9' * 5000}", "too many digits", id="digits"),
        pytest.param(
            "repeats = 2",
            f"repeats = 0x{'f' * 5000}",
            "`repeats` is .* more than 64 bits",
            id="hex",
        ),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in PLAN
    with pytest.raises(PlanInvalid, match=says):
        _plan(tmp_path, PLAN.replace(old, new, 1))


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = PLAN.replace("repeats = 2", "repeats = 2.5").replace('["accuracy"]', '["speed"]')
    with pytest.raises(PlanInvalid, match="2 faults") as caught:
        _plan(tmp_path, wrong)
    assert [fault.line for fault in caught.value.faults] == [1, 16]
    wrong = PLAN.replace('name = "desk"', "meter = 3").replace('ssh = "pi@', 'ssh = "-pi@')
    with pytest.raises(PlanInvalid) as caught:
        _plan(tmp_path, wrong)
    assert [fault.line for fault in caught.value.faults] == [8, 11]


def test_what_is_on_another_machine_is_not_looked_for_here(tmp_path: Path) -> None:
    there = '[[targets]]\nssh = "pi"\n[[runs]]\noptions = { dataset = "/home/pi/few.npz" }\n'
    assert _plan(tmp_path, there).runs[0].options == {"dataset": "/home/pi/few.npz"}
    with pytest.raises(UsageError, match=r"line 6: /home/pi/few\.npz: there is no such file"):
        _plan(tmp_path, '[[targets]]\ndevice = "x"\n' + there)


def test_a_plan_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \[\[targets\]\]"):
        _plan(tmp_path, '[[runs]]\nmodel = "kws-ds-cnn"\n')
    with pytest.raises(UsageError, match=r"no \[\[runs\]\]"):
        _plan(tmp_path, '[[targets]]\ndevice = "/dev/ttyACM0"\n')
    with pytest.raises(UsageError, match="line 3: two targets are called 'x'"):
        _plan(tmp_path, '[[targets]]\ndevice = "x"\n[[targets]]\ndevice = "x"\n[[runs]]\n')
    with pytest.raises(UsageError, match="not a readable TOML"):
        read_plan(tmp_path / "none.toml")


@settings(max_examples=80, suppress_health_check=ONE_FOLDER)
@given(place=st.integers(0, len(PLAN) - 1), insert=st.text(max_size=6))
def test_any_change_to_a_plan_reads_or_is_a_clear_error(
    tmp_path: Path, place: int, insert: str
) -> None:
    with contextlib.suppress(UsageError, UnicodeEncodeError):
        _plan(tmp_path, PLAN[:place] + insert + PLAN[place + 1 :])


def test_interleaved_every_run_comes_round_before_any_comes_again(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    jobs = jobs_of(plan, plan.targets)
    order = [(job.request.model, job.repeat) for job in jobs["desk"]]
    kws, digits = "kws-ds-cnn", "digits-resnet8"
    assert order == [(kws, 0), (digits, 0), (kws, 1), (digits, 1), (digits, 2)]
    assert len(jobs["pi@raspberrypi"]) == 2
    by_run = _plan(tmp_path, PLAN.replace("interleaved", "by-run"))
    assert [job.repeat for job in jobs_of(by_run, by_run.targets)["desk"]] == [0, 1, 0, 1, 2]


def test_jobs_keep_their_names_and_other_jobs_have_others(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    first = [job.id for mine in jobs_of(plan, plan.targets).values() for job in mine]
    again = [job.id for mine in jobs_of(plan, plan.targets).values() for job in mine]
    assert first == again
    assert len(set(first)) == len(first) == 7
    other = _plan(tmp_path, PLAN.replace("duration_s = 1.5", "duration_s = 2.5"))
    changed = {job.id for mine in jobs_of(other, other.targets).values() for job in mine}
    assert len(changed & set(first)) == 3


def _finished(folder: Path, journal: Journal, job: str) -> None:
    run = folder / "runs" / job / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    journal.write(JobFinished(job, "desk", (str(run.relative_to(folder)),)))


def test_a_journal_remembers_through_a_power_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(PlaceAcquired("a", by="here-1/me"))
    journal.write(PlaceAcquired("b", by="here-1/me"))
    journal.write(PlaceReleased("a"))
    _finished(tmp_path, journal, "job1")
    with (tmp_path / FILE).open("a") as file:
        file.write('{"event": "finished", "job": "job2", "ru')  # the power went
    journal.write(JobFailed("job3", "desk", "a cable"))
    journal.write(JobFinished("job4", "desk", ("x" * 300,)))  # no file has such a name
    state = journal.state()
    assert set(state.finished) == {"job1"}
    assert state.held == {"b": "here-1/me"}
    assert state.failed == {"job3": "a cable"}


OLD = """\
{"time": "2026-11-20T10:00:00Z", "event": "acquired", "place": "a", "by": "here-1/me"}
{"time": "2026-11-20T10:00:01Z", "event": "started", "job": "j1", "target": "a", "run": "kws"}
{"time": "2026-11-20T10:01:00Z", "event": "finished", "job": "j1", "target": "a", "runs": ["r"]}
{"time": "2026-11-20T10:01:01Z", "event": "attempt failed", "job": "j2", "target": "a", \
"reason": "asleep"}
{"time": "2026-11-20T10:01:02Z", "event": "power cycle", "target": "a", "done": true, "reason": ""}
{"time": "2026-11-20T10:01:03Z", "event": "failed", "job": "j2", "target": "a", "reason": "x"}
{"time": "2026-11-20T10:01:04Z", "event": "set aside", "target": "a", "reason": "x"}
{"time": "2026-11-20T10:01:05Z", "event": "slept", "seconds": 3600.0}
{"time": "2026-11-20T10:01:06Z", "event": "of a later version", "colour": 3}
"""
"""As edgebench wrote it before events had types, and a line that only a later one would write."""


def test_a_journal_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(OLD)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "run.json").write_text("{}")
    journal = Journal(tmp_path)
    state = journal.state()
    assert (set(state.finished), state.failed, state.held) == (
        {"j1"},
        {"j2": "x"},
        {"a": "here-1/me"},
    )
    events = list(journal.events())
    assert len(events) == 8
    assert TargetQuarantined("a", "x") in events
    assert AttemptFailed("j2", "a", "asleep") in events
    journal.write(TargetQuarantined("a", "x"))
    assert '"event": "quarantined"' in (tmp_path / FILE).read_text().splitlines()[-1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"runs": ["r"]', '"runs": "r"', "line 3: `runs` must be a list, not 'r'"),
        ('"done": true', '"done": "yes"', "line 5: `done` must be true or false"),
        ('"place": "a", ', "", "line 1: `place` is missing"),
    ],
)
def test_a_journal_with_a_wrong_type_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in OLD
    (tmp_path / FILE).write_text(OLD.replace(old, new))
    with pytest.raises(RunDirectoryInvalid, match=says):
        Journal(tmp_path).state()


def test_a_job_whose_runs_are_gone_is_not_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _finished(tmp_path, journal, "job1")
    (tmp_path / "runs" / "job1" / "one" / "run.json").unlink()
    assert not journal.state().finished


def test_two_plans_into_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        Journal(tmp_path).opened(),
        pytest.raises(RunDirectoryBusy, match="another plan"),
        Journal(tmp_path).opened(),
    ):
        pass


def test_results_that_are_there_need_resume(tmp_path: Path) -> None:
    text = PLAN.replace('ssh = "pi@raspberrypi"', 'device = "/dev/ttyACM0"')
    plan, out = _plan(tmp_path, text), tmp_path / "out"
    out.mkdir()
    fresh = prepare_farm(plan, out, resume=False)
    done = fresh.jobs["desk"][0]
    _finished(out, Journal(out), done.id)
    with pytest.raises(UsageError, match="`resume=True`"):
        prepare_farm(plan, out, resume=False)
    left = prepare_farm(plan, out, resume=True)
    assert done.id not in {job.id for job in left.jobs["desk"]}
    assert len(left.jobs["desk"]) == 4
    assert left.already == 1
