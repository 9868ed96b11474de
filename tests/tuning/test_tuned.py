"""Tuning for real, in a few seconds, and what a run makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from edgebench import api
from edgebench.cli import group, main
from edgebench.cli.commands.runs.tune import command as tune_command
from edgebench.cli.tables.models.tune import print_tuned
from edgebench.clock import now_ns
from edgebench.errors import (
    FolderNotWritable,
    Interrupted,
    RuntimeCrashed,
    TunedMissing,
    UsageError,
)
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest
from edgebench.models.resolve import resolve_model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import ENOUGH_REPEATS
from edgebench.text.typed_json import unstructure
from edgebench.tuning import comparison
from edgebench.tuning import trial as trials
from edgebench.tuning import tune as tuning
from edgebench.tuning.objective import OBJECTIVES, Objective
from edgebench.tuning.store import keep, tuned_file, tuned_settings
from edgebench.tuning.trial import TRIES, Trial, try_settings
from edgebench.tuning.tune import Tuned
from edgebench.tuning.tuned_requests import tuned_requests
from tests.cli.call import call
from tests.tuning.made_trials import Clock

MODEL = "digits-resnet8"
AROUND_S = 0.3
BUDGET_S = 5.4
"""Two trials of the search, and three of each of three finalists."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """A short tuning, by a clock that knows only how long trials are, not the machine's load."""
    clock = Clock()

    def attempt(*asked: Any) -> Trial:
        trial = try_settings(*asked)
        clock.passed_s += trial.seconds + AROUND_S
        return replace(trial, took_s=trial.seconds + AROUND_S, others_share=0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "now_ns", clock)
        patch.setattr(tuning, "try_settings", attempt)
        patch.setattr(tuning, "SEARCH_SHARE", 0.2)
        patch.setattr(comparison, "LENGTHS_S", (0.1,))
        patch.setattr(trials, "others_share", lambda before, after: 0.0)
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        tuned, path = api.tune(MODEL, budget_s=BUDGET_S, runtime="litert")
        assert json.loads(path.read_text())["reason"] == tuned.reason
    return tuned


def test_the_finalists_stand_side_by_side(found: Tuned) -> None:
    names = {name for each in found.finalists for name in each.names}
    assert names == {"default", "vendor", "guideline", "search"}
    assert all(len(each.figures) >= ENOUGH_REPEATS for each in found.finalists)
    assert len({each.settings for each in found.finalists}) == len(found.finalists)
    default = next(each for each in found.finalists if "default" in each.names)
    assert default.change is None
    assert found.chosen in [each.settings for each in found.finalists]
    search = len(found.trials) - sum(len(each.figures) for each in found.finalists)
    assert search >= 1
    assert found.took_s <= BUDGET_S


def test_a_run_takes_what_was_tuned(tmp_path: Path) -> None:
    settings = RuntimeSettings("litert", 2, 1, "auto")
    write(settings, "throughput")
    write(RuntimeSettings("litert"), "latency")
    result = api.run(
        MODEL,
        tuned=True,
        scenarios=("singlestream", "offline"),
        modes=("performance",),
        duration_s=0.2,
        warmup_s=0.0,
        out=tmp_path,
    )
    threads = {run.record.scenario: run.record.sut.settings.threads for run in result.runs}
    assert threads == {"SingleStream": 1, "Offline": 2}


def test_a_run_without_scenarios_takes_those_that_were_tuned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the README has it: `tune`, then `run --tuned`."""
    with pytest.raises(TunedMissing, match="objective='latency'"):
        api.run(MODEL, tuned=True, out=tmp_path)
    write(RuntimeSettings("litert", 2), "throughput")
    words = f"-q run {MODEL} --tuned --mode performance --duration 0.2 --warmup 0 --out"
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), str(tmp_path)])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Offline" in said
    advice = "`edgebench tune digits-resnet8:int8 --objective latency` finds some"
    assert f"not run: singlestream: {MODEL}:int8 has not been tuned for latency: {advice}" in said
    for named in (("singlestream",), ("singlestream", "offline")):
        with pytest.raises(TunedMissing):
            api.run(MODEL, tuned=True, scenarios=named, out=tmp_path)


def test_why_a_scenario_is_left_out_is_said() -> None:
    write(RuntimeSettings("litert", 2), "throughput")
    request = RunRequest(MODEL)
    file = write(RuntimeSettings("litert"), "latency", machine={"cores": 99})
    found = tuned_requests(request, may_leave_out=True)
    assert [each.scenarios for each in found.requests] == [("offline",)]
    (why,) = found.left_out
    assert why.startswith(f"singlestream: {file} is of another machine (")
    file.write_text("{")
    (why,) = tuned_requests(request, may_leave_out=True).left_out
    assert why.startswith(f"singlestream: {file}: damaged (")
    with pytest.raises(TunedMissing, match="damaged"):
        tuned_requests(request, may_leave_out=False)


@pytest.mark.parametrize(
    ("objective", "given", "typed"),
    [
        (
            "latency-bounded-throughput",
            {"model": "my models/a.tflite", "shape": "1,8", "latency_bound_ms": 10.0},
            "edgebench run 'my models/a.tflite' --tuned --scenario server --shape 1,8 "
            "--latency-bound 10.0",
        ),
        (
            "throughput",
            {"model": "a.tflite", "dataset": "clips", "signature": "score", "budget_s": 5},
            "edgebench run a.tflite --tuned --scenario offline --dataset clips --signature score",
        ),
        ("throughput", {}, "edgebench run --tuned --scenario offline"),
        ("energy", {"model": "a.tflite", "power": "virtual:ppk2"}, None),
    ],
)
def test_how_to_use_it_can_be_typed(
    objective: Any,
    given: dict[str, Any],
    typed: str | None,
    found: Tuned,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with click.Context(tune_command, parent=click.Context(group)):
        print_tuned(replace(found, objective=objective), Path("kept.json"), given)
    said = [line for line in capsys.readouterr().out.splitlines() if "use it" in line]
    assert said == ([] if typed is None else [f"use it: `{typed}`"])


def write(settings: RuntimeSettings, objective: str, **changes: Any) -> Path:
    """Keep settings as a tuning would."""
    from edgebench.tuning.store import machine

    path = tuned_file(resolve_model(MODEL).sha256, objective)
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {
        "format": "edgebench-tuned",
        "version": 1,
        "machine": machine(),
        "chosen": unstructure(settings),
        **changes,
    }
    path.write_text(json.dumps(values))
    return path


def test_what_was_not_tuned_here_is_not_used(tmp_path: Path) -> None:
    model = resolve_model(MODEL)
    with pytest.raises(
        TunedMissing, match=r"`edgebench.tune\('digits-resnet8:int8', objective='latency'\)`"
    ):
        tuned_settings(model, "latency")
    path = write(RuntimeSettings("litert"), "latency", machine={"cores": 99})
    with pytest.raises(TunedMissing, match=r"is of another machine .*cores 99"):
        tuned_settings(model, "latency")
    path.write_text("{")
    with pytest.raises(TunedMissing, match="damaged"):
        tuned_settings(model, "latency")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threads": 2}, "`tuned` sets `threads` by itself"),
        ({"sweep": "threads=1,2"}, "use one of them"),
        ({"device": "emulated:kws"}, "for this machine, not for a device"),
    ],
)
def test_tuned_and_set_by_hand_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        api.run(None if "device" in options else MODEL, tuned=True, **options)


def test_an_objective_needs_what_it_measures_by() -> None:
    with pytest.raises(UsageError, match="`objective=energy` needs a meter"):
        api.tune(MODEL, objective="energy")
    with pytest.raises(UsageError, match="needs `latency_bound_ms`"):
        api.tune(MODEL, objective="latency-bounded-throughput")
    with pytest.raises(UsageError, match="`objective`: unknown value 'beauty'"):
        api.tune(MODEL, objective="beauty")


def always() -> bool:
    return True


def test_a_contended_trial_is_repeated_while_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The machine is what the kernel says; here it says what it is given."""
    request = RunRequest(MODEL, ("singlestream",), ("performance",), warmup_s=0.0)

    def tried(shares: tuple[float, ...], may_repeat: Callable[[], bool]) -> Trial:
        left = iter(shares)
        monkeypatch.setattr(trials, "others_share", lambda before, after: next(left))
        goal, settings = OBJECTIVES["latency"], RuntimeSettings("litert")
        return try_settings(request, goal, settings, 0.1, may_repeat)

    assert tried((0.5, 0.3, 0.01), always).others_share == 0.01
    found = tried((0.5, 0.3, 0.4), always)
    assert found.others_share == 0.3
    assert found.is_contended
    assert TRIES == 3
    # No fourth share is asked for, and no second one where there is no time.
    assert tried((0.5,), lambda: False).others_share == 0.5


def test_settings_that_a_model_refuses_are_a_trial_without_a_figure(dense_tflite: Path) -> None:
    request = RunRequest(str(dense_tflite), ("offline",), ("performance",), warmup_s=0.0)
    found = try_settings(
        request,
        OBJECTIVES["throughput"],
        RuntimeSettings("litert", affinity=(0,), resolver="default"),
        0.1,
        always,
    )
    assert found.figure
    none = try_settings(request, OBJECTIVES["energy"], RuntimeSettings("litert"), 0.1, always)
    assert none.figure is None
    assert "was a meter read" in none.problem


def test_the_command_prints_what_was_chosen() -> None:
    done = call("tune", MODEL, "--objective", "latency", "--budget", "5", "--runtime", "litert")
    assert done.returncode == 0, done.stderr
    assert "chosen: litert" in done.stdout
    # Nine convolutions, two of them next to others, and the fully connected layer.
    assert "10 heavy ops on 8 levels" in done.stdout
    assert "trials in" in done.stdout
    used = call(
        "run",
        MODEL,
        "--tuned",
        "--scenario",
        "singlestream",
        "--mode",
        "performance",
        "--duration",
        "0.2",
    )
    assert used.returncode == 0, used.stderr
    missing = call("run", MODEL, "--tuned", "--scenario", "offline")
    assert missing.returncode == 2
    assert "edgebench tune" in missing.stderr


class Stages(Silent):
    """A progress that counts the stages that have begun."""

    def __init__(self) -> None:
        self.begun = 0

    def stage(self, title: str, seconds: float | None) -> None:
        self.begun += 1


@pytest.mark.parametrize(
    ("crashed", "kind"), [(False, UsageError), (True, RuntimeCrashed)], ids=["lost", "crashed"]
)
def test_a_comparison_without_a_figure_says_why(
    monkeypatch: pytest.MonkeyPatch, crashed: bool, kind: type[Exception]
) -> None:
    """As when a meter is lost after the search, or its bound is missed at the end."""
    clock, stages = Clock(), Stages()

    def attempt(
        request: RunRequest, goal: Objective, settings: RuntimeSettings, seconds: float, _: object
    ) -> Trial:
        clock.passed_s += seconds + AROUND_S
        took_s = seconds + AROUND_S
        if stages.begun == 1:
            return Trial(settings, seconds, 100.0, 0.0, took_s)
        return Trial(settings, seconds, None, 0.0, took_s, "was a meter read?", crashed=crashed)

    monkeypatch.setattr(tuning, "now_ns", clock)
    monkeypatch.setattr(tuning, "try_settings", attempt)
    says = (
        f"^the search found settings for {MODEL}:int8, but the last comparison gave no figure: "
        r"was a meter read\?$"
    )
    with pytest.raises(kind, match=says):
        api.tune(MODEL, budget_s=BUDGET_S, progress=stages)
    assert stages.begun == 2


def test_ctrl_c_in_a_search_speaks_of_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise Interrupted("kept in /tmp/edgebench-tune-x")

    monkeypatch.setattr(tuning, "try_settings", interrupted)
    with pytest.raises(Interrupted, match=r"^Interrupted; of a search nothing is kept$"):
        api.tune(MODEL)


def test_nothing_is_searched_for_that_could_not_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nobody/may")
    started = now_ns()
    with pytest.raises(FolderNotWritable, match=r"/proc/nobody/may/edgebench/tuned.*XDG_DATA_HOME"):
        api.tune(MODEL, budget_s=60)
    assert (now_ns() - started) / 1e9 < 30


def test_what_was_found_is_said_where_it_cannot_be_kept_in_the_end(
    found: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nobody/may")
    with pytest.raises(FolderNotWritable, match="XDG_DATA_HOME") as raised:
        keep(found)
    assert str(found.chosen) in str(raised.value)
