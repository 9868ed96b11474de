"""Trees of submissions are checked: by our own rules, and by MLCommons' checker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.errors import UsageError
from tests.cli.call import call
from tests.results.made_runs import with_values
from tests.results.submitted import MODELS, filled, results_of, submit, texts


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


def log_with(**values: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "performance" / "run_1" / "mlperf_log_detail.txt"
        edit(path, lambda text: with_values(text, **values))

    return change


FAULTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "invalid": (log_with(result_validity="INVALID", result_min_duration_met=False), "INVALID: it"),
    "short": (log_with(effective_min_duration_ms=10_000), "a test of 10 s; the rules want 600"),
    "ran-short": (log_with(power_end="11-26-2026 10:00:30.000"), "it ran for 30.0 s"),
    "few-samples": (log_with(generated_samples_per_query=9), "9 samples; the rules want 24576"),
    "few-loaded": (log_with(effective_performance_sample_count=64), "64 samples were loaded"),
    "seeds": (log_with(effective_qsl_rng_seed=1), "its seeds are of no round"),
    "mode": (log_with(effective_test_mode="AccuracyOnly"), "a log of AccuracyOnly"),
    "scenario": (log_with(effective_scenario="Server"), "a log of Server, in a folder of offline"),
    "summary": (log_with(result_samples_per_second=9e9), "one of them was changed"),
    "cut": (
        lambda folder: edit(
            folder / "performance" / "run_1" / "mlperf_log_detail.txt", lambda text: text[:-40]
        ),
        "damaged or cut short",
    ),
    "no-number": (log_with(effective_min_duration_ms="long"), "'long' is not a number"),
    "odd-seed": (log_with(effective_qsl_rng_seed=[1]), "[1] is not a whole number"),
    "two-points": (
        lambda folder: (folder / "accuracy" / "accuracy.txt").write_text(
            "accuracy=1.2.3%\nhash=00\n"
        ),
        "the accuracy: '1.2.3' is not a number",
    ),
    "no-hash": (
        lambda folder: edit(
            folder / "accuracy" / "accuracy.txt", lambda text: text.replace("hash=", "sum=")
        ),
        "no hash= line",
    ),
    "no-accuracy": (
        lambda folder: (folder / "accuracy" / "accuracy.txt").write_text("good\nhash=00\n"),
        "no line has the benchmark's accuracy",
    ),
    "not-truncated": (
        lambda folder: (folder / "accuracy" / "mlperf_log_accuracy.json").write_text("[" * 20_000),
        "not truncated",
    ),
    "wrong-hash": (
        lambda folder: (folder / "accuracy" / "mlperf_log_accuracy.json").write_text("[\n]\n"),
        "its SHA-256 is not accuracy.txt's",
    ),
    "missing": (lambda folder: (folder / "user.conf").unlink(), "user.conf: is missing"),
    "empty": (lambda folder: (folder / "README.md").write_text(""), "is missing or empty"),
    "stranger": (lambda folder: (folder / "accuracy" / "notes.txt").write_text("x"), "belong here"),
    "space": (lambda folder: (folder / "a file").write_text("x"), "a space in its name"),
    "hidden": (lambda folder: (folder / ".DS_Store").write_text("x"), "hidden"),
    "link": (lambda folder: (folder / "link").symlink_to("/etc/passwd"), "a symbolic link"),
    "broken-link": (lambda folder: (folder / "link").symlink_to("gone"), "link to nothing"),
    "circle": (lambda folder: (folder / "link").symlink_to("link"), "a symbolic link to nothing"),
    "cache": (lambda folder: (folder / "__pycache__").mkdir(), "compiled Python"),
    "folder": (lambda folder: (folder / "nothing").mkdir(), "an empty folder"),
    "measurements": (
        lambda folder: (folder / "measurements.json").write_text('{"retraining": ""}'),
        "the field 'retraining' is empty",
    ),
    "no-json": (lambda folder: (folder / "measurements.json").write_text("{"), "can't be read"),
    "no-model": (
        lambda folder: (folder.parents[3] / "model_mapping.json").write_text("{}"),
        "counts as no benchmark",
    ),
    "no-source": (
        lambda folder: (folder.parents[3] / "src").rename(folder.parents[3] / "code"),
        "src: is missing",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_tree_is_found(
    official: Path, system: Path, tmp_path: Path, fault: str
) -> None:
    submit(official, system, tmp_path / "tree")
    harm, says = FAULTS[fault]
    harm(results_of(tmp_path / "tree"))
    checked = api.check(tmp_path / "tree", version="v6.1")
    assert not checked.passed
    assert any(says in text for text in texts(checked)), texts(checked)


def test_links_within_a_submission_are_no_fault(
    official: Path, system: Path, tmp_path: Path
) -> None:
    """The published round v5.1 has 81 of them."""
    submit(official, system, tmp_path / "tree")
    source = results_of(tmp_path / "tree").parents[3] / "src"
    (source / "again").symlink_to(next(source.iterdir()).name)
    (source / "all").symlink_to("../src")
    checked = api.check(tmp_path / "tree", version="v6.1")
    assert checked.passed, texts(checked)


@pytest.mark.parametrize("stated", ["", "my own fork of LiteRT"])
def test_the_framework_is_what_the_runs_say_unless_it_is_stated(
    official: Path, system: Path, tmp_path: Path, stated: str
) -> None:
    text = system.read_text()
    assert 'framework = ""' in text
    system.write_text(text.replace('framework = ""', f'framework = "{stated}"'))
    submit(official, system, tmp_path / "tree")
    (path,) = (tmp_path / "tree").glob("open/Org/systems/*.json")
    sut = json.loads(next(official.glob("*/run.json")).read_text())["sut"]
    said = f"{sut['runtime']} {sut['runtime_version']}"
    assert json.loads(path.read_text())["framework"] == (stated or said)


def test_faults_of_a_systems_description_are_found(
    official: Path, system: Path, tmp_path: Path
) -> None:
    submit(official, system, tmp_path / "tree")
    (path,) = (tmp_path / "tree").glob("open/Org/systems/*.json")
    values = json.loads(path.read_text())
    values |= {"division": "closed", "status": "maybe", "system_type": "toaster", "cooling": ""}
    del values["framework"]
    path.write_text(json.dumps(values))
    found = " | ".join(texts(api.check(tmp_path / "tree")))
    for part in (
        "division is 'closed'",
        "status is 'maybe'",
        "system_type is 'toaster'",
        "'cooling' is empty",
        "no field 'framework'",
    ):
        assert part in found


def test_closed_is_stricter(official: Path, system: Path, tmp_path: Path) -> None:
    submit(official, system, tmp_path / "tree")
    (tmp_path / "tree" / "open").rename(tmp_path / "tree" / "closed")
    found = " | ".join(texts(api.check(tmp_path / "tree")))
    assert "division is 'open', not closed" in found
    assert "counts as no benchmark" in found  # a mapping is open's


def test_what_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no submission tree"):
        api.check(tmp_path)
    (tmp_path / "open").mkdir()
    checked = api.check(tmp_path)
    assert not checked.passed
    assert texts(checked) == [".: has no result in it"]
    with pytest.raises(UsageError, match=r"unknown value .v0\.1. of MLPerf Inference"):
        api.check(tmp_path, version="v0.1")


CHECKER = """
import argparse, sys
parser = argparse.ArgumentParser()
for name in ("--input", "--version", "--csv"):
    parser.add_argument(name)
parser.add_argument("--skip-dataset-size-check", action="store_true")
given = parser.parse_args()
print("looking at", given.input, given.version, file=sys.stderr)
if not given.skip_dataset_size_check:
    print("ERROR:main: too few samples", file=sys.stderr)
    print("ERROR:main:SUMMARY: submission has errors", file=sys.stderr)
else:
    print("INFO:main:SUMMARY: submission looks OK", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "place", ["tools/submission/submission_checker/main.py", "submission_checker.py"]
)
def test_an_official_checkers_verdict_is_shown(
    official: Path, system: Path, tmp_path: Path, place: str
) -> None:
    """Either layout of theirs; MLPerf Tiny's exits with 0 whatever it finds."""
    submit(official, system, tmp_path / "tree")
    checker = tmp_path / "checkout" / place
    checker.parent.mkdir(parents=True)
    checker.write_text(CHECKER)
    bad = api.check(tmp_path / "tree", official=tmp_path / "checkout")
    assert bad.official is not None
    assert not bad.passed
    assert bad.official.errors[0] == "ERROR:main: too few samples"
    options = ["--skip-dataset-size-check"]
    good = api.check(tmp_path / "tree", official=tmp_path / "checkout", options=options)
    assert good.passed
    assert good.official is not None
    assert "looks OK" in good.official.summary


def test_a_checker_that_crashes_has_not_passed(
    official: Path, system: Path, tmp_path: Path
) -> None:
    submit(official, system, tmp_path / "tree")
    (tmp_path / "checker.py").write_text("import no_such_module")
    checked = api.check(tmp_path / "tree", official=tmp_path / "checker.py")
    assert not checked.passed
    assert checked.official is not None
    assert "gave no verdict: ModuleNotFoundError" in checked.official.summary
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no submission checker in it"):
        api.check(tmp_path / "tree", official=tmp_path / "empty")


def test_the_commands_go_through(official: Path, tmp_path: Path) -> None:
    system = tmp_path / "s.toml"
    assert call("submit", "inference", "--init", "--system-file", system).returncode == 0
    filled(system, MODELS)
    tree = tmp_path / "tree"
    words = ["submit", "inference", official, "--system-file", system]
    assert "--org is missing" in call(*words, "--out", tree).stderr
    assert "no folder's name" in call(*words, "--org", "../x", "--out", tree).stderr
    refused = call(*words, "--org", "Org", "--out", tree)
    assert refused.returncode == 2
    assert "let --other-data state in the tree" in refused.stderr
    done = call(*words, "--org", "Org", "--out", tree, "--other-data")
    assert done.returncode == 0, done.stderr
    advice = done.stdout.splitlines()[-1].removeprefix("now: edgebench ").split()
    assert advice[:2] == ["check", str(tree)]
    checked = call(*advice)
    assert checked.returncode == 0
    assert "2 results, 0 errors" in checked.stdout
    (results_of(tree) / "user.conf").unlink()
    failed = call("check", tree)
    assert failed.returncode == 1
    assert "user.conf: is missing" in failed.stdout
    shown = json.loads(call("check", tree, "--json").stdout)
    assert (shown["kind"], shown["passed"]) == ("inference", False)
