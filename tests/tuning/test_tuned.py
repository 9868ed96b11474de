"""Tuning for real, in a few seconds, and what a run makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from edgebench import api
from edgebench.cli import group, main
from edgebench.cli.commands.tune import command as tune_command
from edgebench.cli.tables.models.tune import print_tuned
from edgebench.clock import now_ns
from edgebench.errors import FolderNotWritable, Interrupted, TunedMissing, UsageError
from edgebench.harness.request import RunRequest
from edgebench.models.resolve import resolve_model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import Change
from edgebench.text.typed_json import unstructure
from edgebench.tuning import trial as trials
from edgebench.tuning import tuned as tuning
from edgebench.tuning.kept import keep, tuned_file, tuned_settings
from edgebench.tuning.objective import OBJECTIVES
from edgebench.tuning.texts import chosen_text
from edgebench.tuning.trial import TRIES, Trial, try_settings
from edgebench.tuning.tuned import Finalist, Tuned, _chosen, _side_by_side
from edgebench.tuning.use import tuned_requests
from tests.cli.call import call

MODEL = "digits-resnet8"


TICK_S = 0.5
BUDGET_S = 8


class Ticking:
    """A clock that goes on whenever it is read: a busy machine makes trials longer, not fewer."""

    now_ns = 0

    def __call__(self) -> int:
        self.now_ns += round(TICK_S * 1e9)
        return self.now_ns


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """A short tuning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "now_ns", Ticking())
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        tuned, path = api.tune(MODEL, budget_s=BUDGET_S, runtime="litert")
        assert path.is_file()
    return tuned


def test_the_finalists_stand_side_by_side(found: Tuned) -> None:
    names = {name for each in found.finalists for name in each.names}
    assert names == {"default", "vendor", "guideline", "search"}
    assert all(len(each.figures) >= 2 for each in found.finalists)
    assert len({each.settings for each in found.finalists}) == len(found.finalists)
    default = next(each for each in found.finalists if "default" in each.names)
    assert default.change is None
    assert found.chosen in [each.settings for each in found.finalists]
    # Of the time that is up no more is taken than two trials of each finalist and a last reading.
    search = len(found.trials) - sum(len(each.figures) for each in found.finalists)
    assert search >= 1
    assert found.took_s < BUDGET_S + TICK_S * (2 * len(found.finalists) + 1)


def change(ratio: float, verdict: Any) -> Change:
    return Change(1.0, ratio, ratio, ratio - 0.1, ratio + 0.1, verdict, "")


def test_the_default_stays_unless_another_is_certainly_better() -> None:
    one, two, four, twice = (
        RuntimeSettings("litert", *shape) for shape in ((1, 1), (2, 1), (4, 1), (1, 2))
    )
    default = Finalist(("default",), one, (100.0,), None)
    unsure = Finalist(("vendor",), two, (150.0,), change(0.6, "can't tell"))
    worse = Finalist(("guideline",), four, (50.0,), change(2.0, "slower"))
    better = Finalist(("search",), twice, (180.0,), change(0.55, "faster"))
    assert _chosen([default, unsure, worse]) == default.settings
    assert _chosen([default, unsure, worse, better]) == better.settings


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


def test_why_the_default_was_chosen_is_said(found: Tuned) -> None:
    fast, default = RuntimeSettings("litert", 4), RuntimeSettings("litert")
    change = Change(1.0, 0.446, 0.446, 0.3, 1.4, "can't tell", "")
    unsure = replace(
        found,
        finalists=(
            Finalist(("default",), default, (100.0,), None),
            Finalist(("vendor",), fast, (224.0,), change),
        ),
        chosen=default,
    )
    text = chosen_text(unsure)
    assert f"{fast} has 2.24 x the default's samples/s, but the 95 % interval is 0.71 to" in text
    assert "not certainly better. A longer `budget_s`" in text
    certain = replace(unsure, chosen=fast)
    assert chosen_text(certain) == f"chosen: {fast}"


class Heard:
    """A progress that keeps what it is called with."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, list[float]]] = []

    def stage(self, title: str, seconds: float | None) -> None:
        self.stages.append((title, []))

    def advance(self, share: float) -> None:
        self.stages[-1][1].append(share)


def test_the_comparison_has_a_bar_of_its_own() -> None:
    heard = Heard()
    heard.stage("comparing", None)
    figures, trials = _side_by_side(
        {"default": RuntimeSettings("litert"), "search": RuntimeSettings("litert", 2)},
        lambda settings, seconds: Trial(settings, seconds, 1.0, 0.0, seconds),
        lambda: 100.0,
        heard,
    )
    assert [len(each) for each in figures.values()] == [5, 5]
    ((_, shares),) = heard.stages
    assert shares == [number / len(trials) for number in range(1, len(trials) + 1)]


def write(settings: RuntimeSettings, objective: str, **changes: Any) -> Path:
    """Keep settings as a tuning would."""
    from edgebench.tuning.kept import machine

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


def test_a_contended_trial_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is what the kernel says; here it says what it is told."""
    shares = iter((0.5, 0.3, 0.01))
    monkeypatch.setattr(trials, "others_share", lambda before, after: next(shares))
    request = RunRequest(MODEL, ("singlestream",), ("performance",), warmup_s=0.0)
    found = try_settings(request, OBJECTIVES["latency"], RuntimeSettings("litert"), 0.1)
    assert found.others_share == 0.01
    always = iter((0.5, 0.3, 0.4))
    monkeypatch.setattr(trials, "others_share", lambda before, after: next(always))
    found = try_settings(request, OBJECTIVES["latency"], RuntimeSettings("litert"), 0.1)
    assert found.others_share == 0.3
    assert found.is_contended
    assert TRIES == 3


def test_settings_that_a_model_refuses_are_a_trial_without_a_figure(dense_tflite: Path) -> None:
    request = RunRequest(str(dense_tflite), ("offline",), ("performance",), warmup_s=0.0)
    found = try_settings(
        request,
        OBJECTIVES["throughput"],
        RuntimeSettings("litert", affinity=(0,), resolver="default"),
        0.1,
    )
    assert found.figure
    none = try_settings(request, OBJECTIVES["energy"], RuntimeSettings("litert"), 0.1)
    assert none.figure is None
    assert "was a meter read" in none.problem


def test_the_command_prints_what_was_chosen() -> None:
    done = call("tune", MODEL, "--objective", "latency", "--budget", "6", "--runtime", "litert")
    assert done.returncode == 0, done.stderr
    assert "chosen: litert" in done.stdout
    assert "heavy ops on 7 levels" in done.stdout
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
