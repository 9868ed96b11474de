"""A share of `make kills`: each kind of disturbance once, at a stage of a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.kills.answers import answers_of
from tests.kills.disturbances import DISTURBANCES, can_mount
from tests.kills.jobs import JOBS, few_samples
from tests.kills.leftovers import Surroundings
from tests.kills.record import differences, outline
from tests.kills.trial import Moment, Trials, Undisturbed, tracebacks

AT_STAGES = [
    ("device", "SIGKILL", Moment(0.1, "MLPerf Tiny energy")),
    ("device", "SIGTERM", Moment(0.3, "SingleStream performance")),
    ("device", "SIGINT", Moment(0.0, "opening")),
    ("device", "SIGHUP", Moment(0.0, "run directory: ")),
    ("instances", "SIGHUP", Moment(0.2, "Offline performance")),
    ("instances", "SIGSTOP, SIGCONT", Moment(0.0, "warming up")),
    ("instances", "SIGSTOP, SIGKILL", Moment(0.3, "SingleStream performance")),
    ("instances", "disk full", Moment(0.0, "warming up")),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Trials, Undisturbed]]:
    folder = tmp_path_factory.mktemp("kills")
    data = few_samples(folder)
    trials = {job: Trials(folder, job, data) for job in JOBS}
    return {job: (each, each.undisturbed()) for job, each in trials.items()}


@pytest.mark.parametrize(("job", "how", "moment"), AT_STAGES)
def test_a_disturbed_run_can_be_resumed_and_leaves_nothing(
    undisturbed: dict[str, tuple[Trials, Undisturbed]], job: str, how: str, moment: Moment
) -> None:
    if DISTURBANCES[how].needs_small_disk and not can_mount():
        pytest.skip("it takes root to mount a small disk")
    trials, wanted = undisturbed[job]
    outcome = trials.disturbed(how, moment, wanted)
    assert not outcome.complaints, outcome


def test_what_a_meter_cautions_of_is_not_compared() -> None:
    """Chance decides whether a reading is below zero; which meter it was does not depend on it."""
    meter = {"name": "virtual", "serial": "7"}
    energy = {"meter": {**meter, "cautions": ["1 of 9 readings"]}, "energy_j": 2.0}
    assert outline(energy) == {"meter": meter, "energy_j": "value"}


def test_every_kind_of_disturbance_is_tried() -> None:
    assert {how for _, how, _ in AT_STAGES} == set(DISTURBANCES)


def test_what_is_left_is_seen(tmp_path: Path) -> None:
    surroundings = Surroundings.below(tmp_path)
    (surroundings.temporary / "x").touch()
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & exec true"], env=surroundings.environment, start_new_session=True
    ):
        pass
    assert surroundings.left_files() == ["x"]
    assert [each for each in surroundings.left_processes(0.2) if "sleep 60" in each]
    assert not surroundings.left_processes(5)


def test_differences_have_the_way_to_them() -> None:
    assert not differences({"a": {"b": [1]}}, {"a": {"b": [1]}})
    assert differences({"a": {"b": 1}}, {"a": {"b": 2}, "c": 3}) == [
        ".a.b: 1, undisturbed 2",
        ".c: None, undisturbed 3",
    ]


def test_a_traceback_is_shown_by_its_own_lines() -> None:
    shown = (
        "Exception ignored in: <function f>\nTraceback (most recent call last):\n"
        '  File "a.py", line 1, in f\n    g()\nKeyboardInterrupt: '
    )
    assert list(tracebacks(f"opening\n{shown}\n{'and so on' * 500}\n")) == [shown]
    assert not list(tracebacks("opening\n"))


def test_answers_are_compared_by_value(tmp_path: Path) -> None:
    lines = ['{"sample": 1, "output": "80"}', '{"sample": 0, "output": "7f"}']
    runs = [tmp_path / name for name in "abc"]
    for run, text in zip(runs, ("\n".join(lines), "\n".join(lines[::-1]), lines[0]), strict=True):
        run.mkdir()
        (run / "answers.jsonl").write_text(text)
    first, turned, fewer = map(answers_of, runs)
    assert not differences(first, turned)
    assert differences(fewer, first) == [".answers.jsonl.0: None, undisturbed ['7f']"]
