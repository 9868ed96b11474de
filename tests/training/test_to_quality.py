"""Time to quality: runs, their logs, the checker's word, and the score."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import LogInvalid, SutFailed, UsageError
from edgebench.models.card import load_model_card
from edgebench.power.drivers import parse_place
from edgebench.registry import card_files
from edgebench.statistics.sooner import Sooner
from edgebench.text.json_schema import plain_json
from edgebench.training.to_quality.check import check_result, newest_ruleset
from edgebench.training.to_quality.energy import EnergyToQuality
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.reference import ConvergenceVerdict
from edgebench.training.to_quality.runs import (
    TimedRun,
    read_timed_run,
    time_to_quality,
)
from edgebench.training.to_quality.session import Trained, train_to_quality
from edgebench.training.to_quality.timed_runs import TimedRuns

pytest.importorskip("tensorflow")
pytest.importorskip("mlperf_logging")


def _run(seconds: float, *, reached: bool = True) -> TimedRun:
    return TimedRun(Path("x"), 1, 0.8, seconds, (0.9 if reached else 0.5,), reached, False)


def test_the_fastest_and_the_slowest_are_left_out() -> None:
    score = time_to_quality([_run(seconds) for seconds in (5, 1, 3, 9, 4)])
    assert score.seconds == pytest.approx(4)
    assert score.dropped == (1, 3)
    assert score.by_the_rules
    assert score.spread == pytest.approx(0.674, abs=0.01)


def test_a_run_that_did_not_converge_is_the_slowest_and_two_are_no_score() -> None:
    runs = [_run(5), _run(1, reached=False), _run(3), _run(9), _run(4)]
    score = time_to_quality(runs)
    assert score.seconds == pytest.approx(6)
    assert score.dropped == (2, 1)
    assert score.converged == 4
    assert time_to_quality([*runs[:4], _run(2, reached=False)]).seconds is None


def test_too_few_runs_are_averaged_and_called_that() -> None:
    score = time_to_quality([_run(2), _run(4)])
    assert (score.seconds, score.by_the_rules, score.dropped) == (3, False, ())
    assert time_to_quality([_run(2), _run(4, reached=False)]).seconds is None


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Three runs of dlrm-edge, stopped after two evaluations at a target that is soon reached."""
    out = tmp_path_factory.mktemp("clicks")
    data = out / "data"
    _easier("dlrm-edge", data, "target = 0.8\n", "target = 0.6\n", training=True)
    os.environ["EDGEBENCH_PATH"] = str(data)
    try:
        return train_to_quality("dlrm-edge", TimedRuns(seeds=3, most_evaluations=4), out=out)
    finally:
        del os.environ["EDGEBENCH_PATH"]


def _easier(model: str, data: Path, old: str, new: str, *, training: bool) -> None:
    """Copy a model's folder with another goal in its card."""
    import shutil

    from edgebench.registry import card_files

    folder = data / "models" / model
    shutil.copytree(card_files("models")[model].parent, folder)
    text = (folder / "card.toml").read_text()
    head, mark, tail = text.partition("[training]")
    assert old in (tail if training else head)
    (folder / "card.toml").write_text(head + mark + tail.replace(old, new, 1))


def test_the_stock_checker_and_summarizer_accept_a_known_benchmark(clicks: Trained) -> None:
    assert [verdict.passed for verdict in clicks.verdicts] == [True] * 3
    assert clicks.verdicts[0].rules == "MLPerf Training 2.1.0, open"
    assert clicks.passed
    assert clicks.score.seconds is not None
    assert clicks.summary is not None
    (row,) = csv.DictReader(clicks.summary.open())
    # The summarizer takes minutes from the same time stamps.
    assert float(row["dlrm"]) * 60 == pytest.approx(clicks.score.seconds, abs=0.01)
    assert row["submitter"] == "edgebench"


def test_a_log_says_what_was_done_when(clicks: Trained) -> None:
    run = clicks.score.runs[1]
    assert run.seed == 2
    assert run.target == 0.6
    assert run.reached
    assert not run.clock_moved
    assert run.qualities[-1] >= 0.6
    assert 0 < run.seconds < 60
    keys = [json.loads(line[9:])["key"] for line in run.path.read_text().splitlines()]
    assert keys.index("init_stop") < keys.index("run_start") < keys.index("train_samples")
    assert keys.count("eval_accuracy") == run.epochs
    record = json.loads((clicks.package.folder / "time_to_quality.json").read_text())
    assert record["seconds"] == clicks.score.seconds
    assert [each["passes_checker"] for each in record["runs"]] == [True] * 3


def test_convergence_is_compared_with_references_of_the_same_target_only(clicks: Trained) -> None:
    assert clicks.convergence.reason == "the references were trained to 0.8, these to 0.6"
    assert clicks.passed
    record = json.loads((clicks.package.folder / "time_to_quality.json").read_text())
    assert record["convergence"]["flagged"] is False
    sooner = ConvergenceVerdict((512,), Sooner(0.5, 0.9))
    assert not dataclasses.replace(clicks, convergence=sooner).passed


def _logged(path: Path) -> dict[str, Any]:
    """Return the last value of each key of a log."""
    lines = (json.loads(line[9:]) for line in path.read_text().splitlines())
    return {line["key"]: line["value"] for line in lines}


def test_the_newest_installed_rules_are_used() -> None:
    from mlperf_logging.compliance_checker.mlp_compliance import rule_choices

    def as_numbers(name: str) -> list[int]:
        return [int(part) for part in name.split(".")]

    assert newest_ruleset() == max(rule_choices(), key=as_numbers)
    assert as_numbers(newest_ruleset()) >= [6, 0, 0]


def test_a_log_has_what_the_optimizer_was_set_to(clicks: Trained, digits: Trained) -> None:
    made, stored = (_logged(each.score.runs[0].path) for each in (clicks, digits))
    assert (made["opt_name"], stored["opt_name"]) == ("adam", "adam")
    assert made["opt_base_learning_rate"] == pytest.approx(3e-3)
    assert stored["opt_base_learning_rate"] == pytest.approx(2e-3)
    assert stored["opt_learning_rate_decay_steps"] % 40 == 0
    assert (made["global_batch_size"], stored["global_batch_size"]) == (512, 64)


def test_a_cache_is_called_cleared_only_where_there_was_one(
    clicks: Trained, digits: Trained
) -> None:
    """Clicks are made as they are needed: no file of theirs lies in the kernel's memory."""
    assert _logged(clicks.score.runs[0].path)["cache_clear"] is False
    assert _logged(digits.score.runs[0].path)["cache_clear"] is True


def test_digits_are_trained_to_what_their_card_calls_good_enough() -> None:
    card = load_model_card(card_files("models")["digits-resnet8"])
    assert goal_of("digits-resnet8").target == card.quality.target


def test_seeds_give_other_runs(clicks: Trained) -> None:
    assert len({run.qualities[0] for run in clicks.score.runs}) == 3


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One run that can't reach its target in one epoch, with options, and a meter."""
    out = tmp_path_factory.mktemp("digits")
    runs = TimedRuns(seeds=1, most_evaluations=1, batch=64, threads=1)
    power = parse_place("virtual:hwmon")[1]
    return train_to_quality("digits-resnet8", runs, out=out, power=power)


def test_a_run_has_the_batch_and_the_energy_that_were_asked_for(digits: Trained) -> None:
    (run,), (energy,) = digits.score.runs, digits.energies
    assert _logged(run.path)["global_batch_size"] == 64
    assert energy.energy_j is not None
    assert energy.energy_j > 0
    assert {"passed": False, "energy_j": None}.items() <= plain_json(digits).items()
    assert energy.average_w == pytest.approx(energy.energy_j / run.seconds, rel=0.01)
    assert digits.package.power(0).is_file()
    record = json.loads((digits.package.folder / "time_to_quality.json").read_text())
    assert record["asked"] == {
        "batch": 64,
        "threads": 1,
        "dataset": None,
        "power": "virtual:hwmon",
    }
    assert record["meter"]["name"] == "virtual:hwmon"
    assert record["meter"]["is_played"] is True
    assert record["runs"][0]["energy"]["energy_j"] == energy.energy_j
    # It did not converge: there is no time to quality, and no energy to it.
    assert digits.energy_j is record["energy_j"] is record["energy"] is None
    assert digits.lacks_energy
    mean = EnergyToQuality(5.0, None, None)
    for problem in ("", "unplugged"):
        energies = (dataclasses.replace(energy, problem=problem),)
        got = dataclasses.replace(digits, energies=energies, energy=mean)
        assert got.lacks_energy is bool(problem)
    assert not dataclasses.replace(digits, meter=None).lacks_energy


def test_a_run_that_did_not_converge_is_refused_by_our_rules(digits: Trained) -> None:
    (verdict,) = digits.verdicts
    assert not verdict.passed
    assert verdict.rules == f"edgebench rules, lines as in MLPerf Training {newest_ruleset()}"
    assert verdict.reason
    assert digits.score.seconds is None
    assert not digits.passed
    assert digits.summary is not None
    (row,) = csv.DictReader(digits.summary.open())
    assert row["digits-resnet8"] == ""


def _made_good(path: Path, digits: Trained) -> list[str]:
    """Return the lines of a log as they would be had the run been a success."""
    lines = digits.score.runs[0].path.read_text()
    good = lines.replace('"aborted"', '"success"').replace(
        '"key": "quality_target", "value": 97.0', '"key": "quality_target", "value": 1.0'
    )
    path.write_text(good)
    return good.splitlines()


def test_our_rules_accept_a_good_log_and_notice_what_the_stock_ones_let_pass(
    digits: Trained, tmp_path: Path
) -> None:
    path = tmp_path / "result_0.txt"
    goal = goal_of("digits-resnet8")
    lines = _made_good(path, digits)
    assert check_result(path, goal).passed
    assert read_timed_run(path).reached

    def without(key: str) -> str:
        return "\n".join(line for line in lines if f'"key": "{key}"' not in line) + "\n"

    text = "\n".join(lines) + "\n"
    for bad in (
        text.replace('"success"', '"aborted"'),
        text.replace('"quality_target", "value": 1.0', '"quality_target", "value": 99.9'),
        without("quality_target"),
        without("seed"),
        without("eval_accuracy"),
        without("opt_name"),
        without("opt_base_learning_rate"),
        without("cache_clear"),
        text.replace('"epoch_num": 1', '"epoch_num": 2'),
        text.replace(
            '"key": "submission_division", "value": "open"',
            '"key": "submission_division", "value": "closed"',
        ),
    ):
        assert bad != text
        path.write_text(bad)
        assert not check_result(path, goal).passed


def test_a_success_that_missed_its_target_counts_as_none(digits: Trained, tmp_path: Path) -> None:
    path = tmp_path / "result_0.txt"
    text = "\n".join(_made_good(path, digits))
    path.write_text(text.replace('"quality_target", "value": 1.0', '"quality_target", "value": 99'))
    assert not read_timed_run(path).reached


def test_a_clock_that_jumped_is_noticed(digits: Trained, tmp_path: Path) -> None:
    path = tmp_path / "result_0.txt"
    lines = _made_good(path, digits)
    moved = []
    for line in lines:
        entry = json.loads(line[9:])
        if entry["key"] == "run_stop":
            entry["time_ms"] += 3_600_000
        moved.append(line[:9] + json.dumps(entry))
    path.write_text("\n".join(moved))
    assert read_timed_run(path).clock_moved


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[: len(text) // 2].rpartition("\n")[0], "cut short"),
        (
            lambda text: text.replace('"time_ms"', '"time"', 1),
            "line 1, time_ms: None is not",
        ),
        (lambda text: text[:-20], r"line \d+: damaged or cut short"),
        (lambda text: "", "cut short"),
    ],
)
def test_a_damaged_log_says_where(digits: Trained, tmp_path: Path, change: Any, says: str) -> None:
    path = tmp_path / "result_0.txt"
    path.write_text(change(digits.score.runs[0].path.read_text()))
    with pytest.raises(LogInvalid, match=says):
        read_timed_run(path)


def test_what_can_not_be_trained_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="have: digits-resnet8, dlrm-edge, kws-ds-cnn, rm1-edge, rm3-edge"
    ):
        train_to_quality("scene-mobilenet", out=tmp_path)
    with pytest.raises(UsageError, match="can't be the name of a folder"):
        train_to_quality("dlrm-edge", TimedRuns(organization="../x"), out=tmp_path)
    for options in ({"seeds": 0}, {"most_evaluations": 0}, {"first_seed": -1}, {"batch": 0}):
        with pytest.raises(UsageError, match="at least"):
            train_to_quality("dlrm-edge", TimedRuns(**options), out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_says_why_and_keeps_the_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _easier("dlrm-edge", data, "target = 0.8\n", "target = 0.6\n", training=True)
    script = data / "models" / "dlrm-edge" / "train.py"
    script.write_text(script.read_text().replace("learning_rate=3e-3", "learning_rate='fast'"))
    os.environ["EDGEBENCH_PATH"] = str(data)
    try:
        with pytest.raises(SutFailed, match="the run with seed 1 failed"):
            train_to_quality(
                "dlrm-edge", TimedRuns(seeds=1, most_evaluations=1), out=tmp_path / "out"
            )
    finally:
        del os.environ["EDGEBENCH_PATH"]
    assert list((tmp_path / "out").glob("*/results/*/dlrm/result_0.txt"))


def test_ctrl_c_ends_the_run_and_leaves_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgebench", "train", "dlrm-edge", "--out", str(tmp_path)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as training:
        assert training.stderr is not None
        for line in training.stderr:
            if "epoch 1" in line:
                break
        started = time.monotonic()
        os.killpg(training.pid, signal.SIGINT)
        training.communicate(timeout=30)
        assert time.monotonic() - started < 20
    assert training.returncode == 130
    assert list(tmp_path.glob("*/results/*/dlrm/result_0.txt"))
    with pytest.raises(ProcessLookupError):
        os.killpg(training.pid, 0)
