"""plan.toml, its matrix, and the journal: what is read, refused with its line, and remembered."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgebench.errors import DeviceLost, RunDirectoryBusy, RuntimeMissing, UsageError
from edgebench.farm.jobs import jobs_of
from edgebench.farm.journal import FILE, Journal
from edgebench.farm.labgrid import beyond_loopback, find_labgrid, parse_places, parse_port
from edgebench.farm.plan import Plan, Target, read_plan
from edgebench.farm.session import prepare_farm

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
    assert [(t.name, t.kind, t.where) for t in plan.targets] == [
        ("desk", "device", "emulated:kws-ds-cnn"),
        ("pi@raspberrypi", "ssh", "pi@raspberrypi"),
    ]
    assert [(run.model, run.repeats) for run in plan.runs] == [
        ("kws-ds-cnn", 2),
        ("digits-resnet8", 3),
    ]
    assert plan.runs[0].options == {"duration_s": 1.5}
    assert (plan.out, plan.time_limit_s, plan.attempts) == ("somewhere", 60.0, 2)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("repeats = 2", "repeats = 0", "line 1: repeats must be at least 1"),
        ("repeats = 2", 'repeats = "two"', "line 1: repeats must be a int"),
        ('"interleaved"', '"random"', "line 2: order is interleaved or by-run"),
        ("time_limit_s = 60", "time_limit_s = -1", "line 3: time_limit_s must be above 0"),
        ("out = ", "output = ", "line 4: no key 'output'"),
        ('device = "emulated:kws-ds-cnn"', 'devise = "x"', "line 6: a target has one of"),
        ('name = "desk"', 'place = "p"', "line 6: a target has one of .*; this has place, device"),
        ('name = "desk"', "meter = 3", "line 8: meter must be a str"),
        ('ssh = "pi@raspberrypi"', 'ssh = "-oProxyCommand=x"', "line 11: ssh must name one"),
        ('["singlestream"]', '["stream"]', "line 15: `scenarios`: unknown value 'stream'"),
        ('["accuracy"]', '["speed"]', "line 16: `modes`: unknown value 'speed'"),
        ("duration_s = 1.5", "duration = 1.5", "line 17: no option 'duration' of a run"),
        ('targets = ["desk"]', 'targets = ["shelf"]', "line 22: no target 'shelf'"),
        ('model = "kws-ds-cnn"', 'model = "kws"', "line 14: .*kws"),
        ("duration_s = 1.5", 'dataset = "few.npz"', "line 17: no dataset card and no file"),
        ('name = "desk"', 'board = "mps2-an385"', "line 8: board and deploy go together"),
        ('name = "desk"', 'deploy = ["cp", 3]', "line 8: no deploy 3"),
        ("[[runs]]", "[[runs]", "not TOML"),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in PLAN
    with pytest.raises(UsageError, match=says):
        _plan(tmp_path, PLAN.replace(old, new, 1))


def test_what_is_on_another_machine_is_not_looked_for_here(tmp_path: Path) -> None:
    there = '[[targets]]\nssh = "pi"\n[[runs]]\noptions = { dataset = "/home/pi/few.npz" }\n'
    assert _plan(tmp_path, there).runs[0].options == {"dataset": "/home/pi/few.npz"}
    with pytest.raises(UsageError, match="line 6: no dataset card"):
        _plan(tmp_path, '[[targets]]\ndevice = "x"\n' + there)


def test_a_plan_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \[\[targets\]\]"):
        _plan(tmp_path, '[[runs]]\nmodel = "kws-ds-cnn"\n')
    with pytest.raises(UsageError, match=r"no \[\[runs\]\]"):
        _plan(tmp_path, '[[targets]]\ndevice = "/dev/ttyACM0"\n')
    with pytest.raises(UsageError, match="two targets 'x'"):
        _plan(tmp_path, '[[targets]]\ndevice = "x"\n[[targets]]\ndevice = "x"\n')
    with pytest.raises(UsageError, match="can't be read"):
        read_plan(tmp_path / "none.toml")


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, len(PLAN) - 1), insert=st.text(max_size=6))
def test_any_change_to_a_plan_reads_or_is_a_clear_error(
    tmp_path: Path, place: int, insert: str
) -> None:
    with contextlib.suppress(UsageError, UnicodeEncodeError):
        _plan(tmp_path, PLAN[:place] + insert + PLAN[place + 1 :])


def test_interleaved_every_run_comes_round_before_any_comes_again(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    jobs = jobs_of(plan, plan.targets)
    order = [(job.run.model, job.repeat) for job in jobs["desk"]]
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
    journal.write("finished", job=job, target="desk", runs=[str(run.relative_to(folder))])


def test_a_journal_remembers_through_a_power_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("acquired", place="a", by="here-1/me")
    journal.write("acquired", place="b", by="here-1/me")
    journal.write("released", place="a")
    _finished(tmp_path, journal, "job1")
    with (tmp_path / FILE).open("a") as file:
        file.write('{"event": "finished", "job": "job2", "ru')  # the power went
    journal.write("failed", job="job3", reason="a cable")
    known = journal.known()
    assert set(known.finished) == {"job1"}
    assert known.held == {"b": "here-1/me"}
    assert known.failed == {"job3": "a cable"}


def test_a_job_whose_runs_are_gone_is_not_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _finished(tmp_path, journal, "job1")
    (tmp_path / "runs" / "job1" / "one" / "run.json").unlink()
    assert not journal.known().finished


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
    with pytest.raises(UsageError, match="--resume"):
        prepare_farm(plan, out, resume=False)
    left = prepare_farm(plan, out, resume=True)
    assert done.id not in {job.id for job in left.jobs["desk"]}
    assert len(left.jobs["desk"]) == 4
    assert left.already == 1


PLACES = """\
Place 'shelf-1':
  aliases: first
  comment: the one with the LED: top
  tags: board=nrf52, room=lab
  matches:
    exporter0/shelf-1/*
    exporter0/power/*
  acquired: host/anna
  acquired resources:
    exporter0/shelf-1/NetworkSerialPort/NetworkSerialPort
  created: 2026-11-27 00:23:08.104792
Place 'shelf-2':
  matches:
  acquired: None
  acquired resources:
"""
SHOWN = """\
Place 'shelf-1':
  acquired: host/anna
Acquired resource 'power' (exporter0/power/NetworkPowerPort/power):
  {'acquired': 'shelf-1', 'avail': True, 'cls': 'NetworkPowerPort', 'params': {'host': 'pdu'}}
Acquired resource 'NetworkSerialPort' (exporter0/shelf-1/NetworkSerialPort/NetworkSerialPort):
  {'acquired': 'shelf-1',
   'avail': True,
   'cls': 'NetworkSerialPort',
   'params': {'extra': {}, 'host': '10.0.0.7', 'port': 4001, 'protocol': 'raw'}}
"""


def test_what_labgrid_says_is_read() -> None:
    first, second = parse_places(PLACES)
    assert first.name == "shelf-1"
    assert first.holder == "host/anna"
    assert first.tags == {"board": "nrf52", "room": "lab"}
    assert first.comment == "the one with the LED: top"
    assert first.matches == ("exporter0/shelf-1/*", "exporter0/power/*")
    assert (second.name, second.holder, second.tags) == ("shelf-2", "", {})
    assert parse_port(SHOWN, "shelf-1") == "socket://10.0.0.7:4001"
    assert parse_port(SHOWN.replace(", 'protocol': 'raw'", ""), "x") == "rfc2217://10.0.0.7:4001"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SHOWN.replace("'avail': True,\n", "'avail': False,\n"), "is not there"),
        (SHOWN.replace("'port': 4001", "'port': None"), "tells no port"),
        (SHOWN.replace("{'acquired': 'shelf-1',\n", "__import__('os')\n"), "tells no port"),
        ("Orphaned resource 'x' (a/b/c/d)\n", "its exporter is gone"),
        ("", "has no NetworkSerialPort"),
    ],
)
def test_a_place_without_a_port_is_said(text: str, says: str) -> None:
    with pytest.raises(DeviceLost, match=says):
        parse_port(text, "shelf-1")


@given(st.text(max_size=300))
def test_whatever_labgrid_says_is_no_traceback(text: str) -> None:
    parse_places(text)
    with pytest.raises(DeviceLost):
        parse_port(text, "x")


def test_labgrid_that_is_missing_or_old_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEBENCH_LABGRID", str(tmp_path / "none"))
    with pytest.raises(RuntimeMissing, match=r"none, where no labgrid-client is.*pipx install"):
        find_labgrid()
    monkeypatch.setenv("EDGEBENCH_LABGRID", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(RuntimeMissing, match="labgrid is not here: `pipx install labgrid`"):
        find_labgrid()
    (tmp_path / "labgrid-client").write_text("#!/bin/sh\n")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 23.0.1\n")
    python.chmod(0o755)
    monkeypatch.setenv("EDGEBENCH_LABGRID", str(tmp_path))
    with pytest.raises(RuntimeMissing, match=r"labgrid 23\.0, older than 25\.0: `pipx upgrade"):
        find_labgrid()
    python.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(RuntimeMissing, match="is labgrid whole"):
        find_labgrid()


def test_a_coordinator_over_a_network_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LG_COORDINATOR", raising=False)
    assert not beyond_loopback("")
    assert not beyond_loopback("127.0.0.1:20408")
    assert not beyond_loopback("localhost:20408")
    assert beyond_loopback("10.0.0.1:20408")
    monkeypatch.setenv("LG_COORDINATOR", "farm.example:20408")
    assert beyond_loopback("")


def test_targets_are_told_to_workers_as_they_are() -> None:
    from dataclasses import asdict

    from edgebench.farm.messages import target_from

    target = Target("a", "ssh", "pi@x", setup="w.whl", host_timed=True)
    assert target_from(json.loads(json.dumps(asdict(target)))) == target
