"""One list of settings: what goes through the fields of `RuntimeSettings` has them all."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from edgebench import api
from edgebench.cli import group
from edgebench.cli.commands.runs.run import command as run_command
from edgebench.cli.error_text import with_options
from edgebench.cli.options.runtime import settings_options
from edgebench.cli.tables.runs.runs import print_runs
from edgebench.errors import UsageError
from edgebench.farm.planning.plan import PlannedRun
from edgebench.farm.planning.targets import SshTarget
from edgebench.harness.request import (
    FLAT_FIELDS,
    RunRequest,
    request_from_json,
    request_of,
    split_flat,
)
from edgebench.harness.run.session import CompletedRuns
from edgebench.harness.run.sweep import parse_sweep, run_sweep, swept_names
from edgebench.results.comparison.differences import POOLED, differences
from edgebench.results.submit.rerun import rerun_call
from edgebench.rundir.reader import Run, read_run
from edgebench.runtime_settings import (
    RuntimeSettings,
    can_be_text,
    parse_cpus,
    setting_from_text,
    setting_types,
)
from tests.cli.call import call
from tests.results.made_runs import copied

CPU = min(os.sched_getaffinity(0))
OTHERS: dict[str, tuple[Any, str]] = {
    "runtime": ("none-such", "none-such"),
    "threads": (2, "2"),
    "instances": (3, "3"),
    "instance_kind": ("processes", "processes"),
    "batch": (4, "4"),
    "resolver": ("reference", "reference"),
    "delegate": ("/lib/d.so", "/lib/d.so"),
    "delegate_options": ({"a": "1", "b": "x=y"}, ""),
    "affinity": ((CPU,), str(CPU)),
    "provider": ("cuda", "cuda"),
    "inter_threads": (2, "2"),
    "allow_fallback": (True, "true"),
}
"""Of each setting a value that is not its default, and how a person writes it."""
ALL = RuntimeSettings(**{name: value for name, (value, _) in OTHERS.items()})
SETTINGS = tuple(setting_types())


def parsed(words: list[str]) -> RuntimeSettings:
    """Return what the options of `edgebench run` make of words."""
    found: list[RuntimeSettings] = []

    # What else a run was asked for is among the words; its own tests read it.
    @click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    @settings_options()
    def taken(**options: Any) -> None:
        found.append(RuntimeSettings(**options))

    taken.main(words, standalone_mode=False)
    return found[0]


def test_here_is_another_value_of_every_setting() -> None:
    assert set(OTHERS) == set(SETTINGS)
    assert (
        ALL.changed() == dict(ALL.items()) == {name: value for name, (value, _) in OTHERS.items()}
    )
    assert RuntimeSettings().changed() == {}


def test_settings_can_be_keys_although_a_delegates_options_are_a_table() -> None:
    assert {ALL: 1}[RuntimeSettings(**dict(ALL.items()))] == 1


def test_settings_say_what_they_are() -> None:
    text = str(ALL)
    for part in (
        "none-such 2 threads",
        "x 3 instances in processes",
        "batch 4",
        "reference kernels",
        "delegate /lib/d.so (a=1, b=x=y)",
        f"on CPUs {CPU}",
        "on cuda 2 ops side by side fallback allowed",
    ):
        assert part in text
    assert str(RuntimeSettings()) == "1 thread"
    alone = RuntimeSettings(instance_kind="processes")
    assert str(alone) == "1 thread x 1 instance in processes"


def test_tables_say_all_settings_that_ran_and_keep_runs_with_others_apart(
    finished: CompletedRuns, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    first = finished.runs[0]

    def ran(settings: RuntimeSettings, *delegates: str) -> Run:
        sut = replace(
            first.record.sut, settings=settings, delegates=delegates, default_delegates=("NPU",)
        )
        return replace(first, record=replace(first.record, sut=sut))

    other = replace(ALL, delegate_options={"a": "2"})
    print_runs([ran(ALL, "NPU", "/lib/d.so", "theirs"), ran(other, "/lib/d.so")])
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{', '.join(ALL.parts())}, delegate theirs" in shown
    assert shown.count("/lib/d.so") == 2
    assert ", ".join(other.parts()) in shown


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_an_option_of_run(name: str) -> None:
    value, text = OTHERS[name]
    option = {each.name: each for each in run_command.params}[name].opts[0]
    words = (
        [f"{option}={key}={each}" for key, each in value.items()] if not text else [option, text]
    )
    needed = ["--delegate", "x.so"] if name == "delegate_options" else []
    assert getattr(parsed([*needed, *words]), name) == value


def test_every_setting_is_a_field_of_a_flat_request_and_of_its_json() -> None:
    assert set(SETTINGS) < set(FLAT_FIELDS)
    request = request_of(**dict(ALL.items()))
    assert request == RunRequest(settings=ALL)
    values = json.loads(json.dumps(request.to_json()))
    assert set(values["settings"]) == set(SETTINGS)
    assert request_from_json(values) == request
    assert split_flat({"model": "m", **dict(ALL.items())}) == ({"model": "m"}, dict(ALL.items()))
    planned = PlannedRun(model="m", options=dict(ALL.items()))
    assert planned.request_for(SshTarget(ssh="host", name="t")).settings == ALL


def test_every_setting_that_ran_is_in_run_json(dense_tflite: Path, tmp_path: Path) -> None:
    (run,) = api.run(
        dense_tflite,
        scenarios=("offline",),
        modes=("performance",),
        duration_s=0.2,
        warmup_s=0.05,
        instances=2,
        affinity=(CPU,),
        out=tmp_path,
    ).runs
    kept = json.loads((run.path / "run.json").read_text())
    ran, asked = kept["sut"]["settings"], kept["request"]["settings"]
    assert set(ran) == set(asked) == set(SETTINGS)
    assert (asked["runtime"], asked["instance_kind"]) == (None, "auto")
    assert (ran["runtime"], ran["instance_kind"]) == (run.record.sut.name, "processes")
    assert (ran["instances"], ran["affinity"]) == (2, [CPU])


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_keeps_runs_from_being_pooled(
    name: str, finished: CompletedRuns, tmp_path: Path
) -> None:
    def changed(record: dict[str, Any]) -> None:
        needed = {"delegate": "/lib/d.so"} if name == "delegate_options" else {}
        record["sut"]["settings"] |= needed | {name: OTHERS[name][0]}

    def usual(record: dict[str, Any]) -> None:
        needed = {"delegate": "/lib/d.so"} if name == "delegate_options" else {}
        record["sut"]["settings"] |= needed

    one, other = (
        read_run(copied(finished.runs[0].path, tmp_path / str(number), change))
        for number, change in enumerate((usual, changed))
    )
    assert list(differences([one, other], POOLED)) == [name.replace("_", " ")]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_one_word_can_be_swept(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    value, text = OTHERS[name]
    if not can_be_text(name):
        with pytest.raises(UsageError, match=f"`sweep`: unknown value '{name}'"):
            parse_sweep(f"{name}=a=1")
        return
    assert name in swept_names()
    asked: list[RunRequest] = []
    monkeypatch.setattr(
        "edgebench.harness.run.sweep.run_each",
        lambda requests, out, progress: asked.extend(requests),
    )
    sweep = parse_sweep(f"{name.replace('_', '-')}={text}")
    run_sweep(RunRequest(), [sweep], tmp_path)
    assert asked == [RunRequest(settings=RuntimeSettings(**{name: value}))]
    assert sweep.asked_in(asked[0].to_record()) == value


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_command_that_runs_it_again(
    name: str, finished: CompletedRuns, tmp_path: Path
) -> None:
    needed = {"delegate": "x.so"} if name == "delegate_options" else {}

    def changed(record: dict[str, Any]) -> None:
        record["request"]["settings"] |= {**needed, name: OTHERS[name][0]}

    again = rerun_call(read_run(copied(finished.runs[0].path, tmp_path / "other", changed)))
    with click.Context(group):
        words = shlex.split(with_options(again, run_command).strip("`"))
    assert words[:2] == ["edgebench", "run"]
    assert getattr(parsed(words[words.index("--official") + 1 :]), name) == OTHERS[name][0]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"threads": 0}, "`threads` must be an integer of at least 1, not 0"),
        ({"instances": "2"}, "`instances` must be an integer of at least 1, not '2'"),
        ({"batch": -1}, "`batch` must be an integer of at least 1"),
        ({"resolver": "fast"}, "`resolver`: unknown value 'fast'; choose from default, reference"),
        (
            {"instance_kind": "fibers"},
            "`instance_kind`: unknown value 'fibers'; choose from auto",
        ),
        ({"delegate_options": {"a": "b"}}, "name it with `delegate`"),
        ({"allow_fallback": 1}, "`allow_fallback` must be True or False, not 1"),
    ],
)
def test_what_no_runtime_can_be_set_to_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        RuntimeSettings(**settings)


def test_cpus_are_read_as_the_kernel_writes_them() -> None:
    assert parse_cpus("0,2-3, 2") == (0, 2, 3)
    for text in ("", "a", "3-1", "1-", "9999"):
        with pytest.raises(ValueError, match="CPUs"):
            parse_cpus(text)


def test_a_setting_in_one_word_is_of_its_type() -> None:
    assert setting_from_text("threads", "2") == 2
    for name, text in (
        ("threads", "two"),
        ("resolver", "fast"),
        ("runtime", ""),
        ("allow_fallback", "perhaps"),
    ):
        with pytest.raises(ValueError, match=r"two|fast|word|perhaps"):
            setting_from_text(name, text)


@pytest.mark.parametrize("command", ["run", "profile"])
def test_commands_take_their_options_from_the_same_list(command: str) -> None:
    done = call(command, "kws-ds-cnn", "--threads", "0")
    assert done.returncode == 2
    assert "at least 1, not 0" in done.stderr


@pytest.mark.parametrize("name", ["threads", "inter_threads", "instances"])
def test_no_more_is_started_than_a_system_can_bear(name: str) -> None:
    RuntimeSettings(**{name: 1024})
    with pytest.raises(UsageError, match=f"`{name}` must be at most 1024, not 99999"):
        RuntimeSettings(**{name: 99999})
