"""Submission trees, and our own checks of them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.errors import NotSubmittable, UsageError
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.mlperf.inference_tree import MOST_ACCURACY_BYTES
from edgebench.results.check.tree import Checked
from edgebench.results.submit.description import read_description
from edgebench.results.submit.tree import Submitted
from tests.cli.call import call
from tests.results.made_runs import as_official, copied, with_values

MODELS = '\n[models]\n"kws-ds-cnn" = "resnet"\n'


@pytest.fixture
def official(finished: CompletedRuns, tmp_path: Path) -> Path:
    """A folder with what looks like two official runs."""
    for run in finished.runs:
        as_official(run.path, tmp_path / "runs" / run.record.scenario)
    return tmp_path / "runs"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system.toml that is filled in."""
    return filled(api.init_submission("inference", system=tmp_path / "system.toml"), MODELS)


def filled(path: Path, more: str = "") -> Path:
    """Say something wherever something must be said."""
    lines = path.read_text().replace('""  # must say something', '"made up"  # was empty')
    path.write_text(lines.replace("[models]", more.strip() or "[models]", 1))
    return path


def submit(official: Path, system: Path, tree: Path, **options: Any) -> Submitted:
    options = {"org": "Org", "version": "v6.1", **options}
    return api.submit_inference([official], out=tree, system=system, **options)


def texts(checked: Checked, severity: str = "error") -> list[str]:
    return [f"{each.where}: {each.text}" for each in checked.findings if each.severity == severity]


def test_the_template_is_filled_with_what_this_machine_tells(tmp_path: Path) -> None:
    path = api.init_submission("inference", system=tmp_path / "system.toml")
    values = tomllib.loads(path.read_text())
    assert values["system"]["host_processor_core_count"].isdigit()
    assert values["system"]["accelerator_model_name"] == "N/A"
    assert values["system"]["framework"] == ""  # the runs say it
    assert "# must say something" in path.read_text()
    with pytest.raises(NotSubmittable, match="is there already"):
        api.init_submission("inference", system=path)
    tiny = tomllib.loads(api.init_submission("tiny", system=tmp_path / "tiny.toml").read_text())
    assert "Processor(s) Frequencies" in tiny["system"]


def test_what_is_not_filled_in_is_named(official: Path, tmp_path: Path) -> None:
    path = api.init_submission("inference", system=tmp_path / "empty.toml")
    with pytest.raises(NotSubmittable, match="'cooling' is empty"):
        submit(official, path, tmp_path / "tree")
    path.write_text('name = "a b"\n[system]\nsurprise = 1\n')
    with pytest.raises(NotSubmittable) as caught:
        submit(official, path, tmp_path / "tree")
    for part in (
        "line 1: name = 'a b' is no folder's name",
        "line 2: no 'status'",
        "line 3: 'surprise' is no field",
    ):
        assert part in str(caught.value)
    with pytest.raises(NotSubmittable, match=r"`edgebench.init_submission\('inference', system="):
        submit(official, tmp_path / "nothing.toml", tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert not list(tmp_path.glob("tree*"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = " + "[" * 10_000, "nested too deep"),
        ("name = " + "9" * 5000, "too many digits"),
        ("name = 0x" + "f" * 5000, "`name` is a whole number of more than 64 bits"),
        ("[system]\nname = 0x" + "f" * 5000, "`name` is a whole number of more than 64 bits"),
        ("name = '" + "x y" * 50_000 + "'", "(?s)line 1: .*is no folder's name"),
        (
            "name='x'\n[system]\nstatus = ['a', 3]",
            r", line 3: `system\.status` must be a string or a number, not \['a', 3\]$",
        ),
        ("name='x'\n[system]\nstatus = 1979-05-27", r", line 3: `system\.status` must be a string"),
        (
            "name=3\n[system]\nstatus = []\n[models]\na = {}",
            r"(?s): 3 faults.*line 1: `name` must be a string.*line 3: .*line 5: `models\.a`",
        ),
        (
            "name='x'\n[system]\nstatus='x'\n[measurement]",
            r", line 4: `measurement` is unknown; did",
        ),
        ("name='x'\n[models]\nkws = true", r", line 3: `models\.kws` must be .*not True$"),
        ("name='x'\nmodels = 3", r", line 2: `models` must be a table, not 3$"),
        ("name = 'x'\n[system]\n" + "x" * 50_000 + " = 1", r"(?s)line 3: .*x\.\.\.' is no field"),
    ],
    ids=[
        "brackets",
        "digits",
        "hexadecimal",
        "in a table",
        "long",
        "list",
        "date",
        "three",
        "unknown table",
        "true",
        "no table",
        "long key",
    ],
)
def test_a_system_toml_without_end_is_refused_in_a_line(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "system.toml"
    path.write_text(text)
    with pytest.raises(NotSubmittable, match=says) as caught:
        read_description("inference", path, {"status": True})
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).replace(str(tmp_path), "")) < 300


@pytest.mark.parametrize(
    ("version", "code", "measurements"),
    [
        ("v6.1", "src", "results/{s}/kws-ds-cnn/Offline/measurements.json"),
    ],
)
def test_a_tree_has_its_rounds_layout_and_passes_our_check(
    official: Path, system: Path, tmp_path: Path, version: str, code: str, measurements: str
) -> None:
    submitted = submit(official, system, tmp_path / "tree", version=version)
    assert submitted.results == ("kws-ds-cnn Offline", "kws-ds-cnn SingleStream")
    assert any("--skip-dataset-size-check" in note for note in submitted.notes)
    name = tomllib.loads(system.read_text())["name"]
    home = tmp_path / "tree" / "open" / "Org"
    assert (home / code / "README.md").is_file()
    values = json.loads((home / measurements.format(s=name)).read_text())
    assert values["weight_data_types"] == "int8"
    described = json.loads((home / "systems" / f"{name}.json").read_text())
    assert (described["division"], described["submitter"]) == ("open", "Org")
    results = home / "results" / name / "kws-ds-cnn" / "Offline"
    assert (results / "performance" / "run_1" / "mlperf_log_detail.txt").is_file()
    log = results / "accuracy" / "mlperf_log_accuracy.json"
    assert log.stat().st_size <= MOST_ACCURACY_BYTES
    whole = official / "Offline" / "accuracy" / "mlperf_log_accuracy.json"
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()
    assert f"\nhash={digest}\n" in (results / "accuracy" / "accuracy.txt").read_text()
    checked = api.check(tmp_path / "tree")
    assert texts(checked) == []
    assert checked.passed
    assert (checked.kind, checked.version, len(checked.results)) == ("inference", version, 2)


def test_the_older_layout_keeps_measurements_apart(
    official: Path, system: Path, tmp_path: Path
) -> None:
    for path in official.rglob("mlperf_log_detail.txt"):
        seeds = {
            "effective_qsl_rng_seed": 1780908523862526354,
            "effective_sample_index_rng_seed": 14771362308971278857,
            "effective_schedule_rng_seed": 18209322760996052031,
        }
        path.write_text(with_values(path.read_text(), **seeds))
    submit(official, system, tmp_path / "tree", version="v5.1")
    name = tomllib.loads(system.read_text())["name"]
    home = tmp_path / "tree" / "open" / "Org"
    assert (home / "code" / "README.md").is_file()
    assert (home / "measurements" / name / "kws-ds-cnn" / "Offline" / f"{name}.json").is_file()
    checked = api.check(tmp_path / "tree")
    assert (checked.version, texts(checked)) == ("v5.1", [])
    # In another round's eyes it has the wrong seeds, and the wrong places.
    other = texts(api.check(tmp_path / "tree", version="v6.0"))
    assert any("its seeds are v5.1's, not v6.0's" in text for text in other)
    assert any("src: is missing" in text for text in other)


def test_seeds_of_another_round_are_refused(official: Path, system: Path, tmp_path: Path) -> None:
    says = r"are v6\.1's, v6\.0 has others; rerun: .*, round='v6\.0'\)`"
    with pytest.raises(NotSubmittable, match=says):
        submit(official, system, tmp_path / "tree", version="v6.0")


def test_a_quick_run_is_refused_with_what_to_rerun(
    finished: CompletedRuns, system: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotSubmittable) as caught:
        submit(finished.runs[0].path, system, tmp_path / "tree")
    assert "a quick run; rerun: `edgebench.run('kws-ds-cnn', scenarios=" in str(caught.value)
    assert "official=True" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda record: record["performance"].update(valid=False, reasons=["slow"]), "INVALID"),
        (lambda record: record.update(accuracy=None), "no accuracy result"),
        (lambda record: record.update(state="partial"), "interrupted; `edgebench.resume\\("),
    ],
)
def test_runs_that_are_not_whole_are_refused(
    official: Path, system: Path, tmp_path: Path, change: Callable[[Any], None], says: str
) -> None:
    copied(official / "Offline", tmp_path / "spoilt", change)
    with pytest.raises(NotSubmittable, match=says):
        submit(tmp_path / "spoilt", system, tmp_path / "tree")


def test_two_of_one_kind_and_models_of_no_kind_are_refused(
    official: Path, system: Path, tmp_path: Path
) -> None:
    copied(official / "Offline", tmp_path / "again")
    with pytest.raises(NotSubmittable, match="are both kws-ds-cnn Offline"):
        api.submit_inference(
            [official, tmp_path / "again"],
            out=tmp_path / "tree",
            org="Org",
            system=system,
            version="v6.1",
        )
    system.write_text(system.read_text().replace('"resnet"', '"gpt"'))
    with pytest.raises(
        NotSubmittable, match=r"unknown value .gpt. in system\.toml, of the edge suite"
    ):
        submit(official, system, tmp_path / "tree")
    system.write_text(system.read_text().replace('"kws-ds-cnn" = "gpt"', ""))
    with pytest.raises(NotSubmittable, match="which benchmark does kws-ds-cnn count as"):
        submit(official, system, tmp_path / "tree")


def test_a_tree_is_not_written_over(official: Path, system: Path, tmp_path: Path) -> None:
    submit(official, system, tmp_path / "tree")
    with pytest.raises(NotSubmittable, match="is there already"):
        submit(official, system, tmp_path / "tree")


@pytest.fixture(scope="module")
def powered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run beside a PTDaemon of the bench: ranging, then testing."""
    request = RunRequest(
        scenarios=("offline",),
        duration_s=1.2,
        warmup_s=0.0,
        idle_s=0.2,
        power="virtual:ptdaemon,period=0.05",
    )
    (run,) = run_request(request, tmp_path_factory.mktemp("powered")).runs
    return run.path


def test_power_goes_along_when_it_is_asked_for(powered: Path, system: Path, tmp_path: Path) -> None:
    run = as_official(powered, tmp_path / "run")
    window = {"power_begin": "11-26-2026 10:00:00.000", "power_end": "11-26-2026 10:10:00.100"}
    spl = "Time,11-26-2026 10:05:00.000,Watts,5.0,Volts,5,Amps,1,PF,-1,Mark,x_testing\n"
    (run / "power" / "spl.txt").write_text(spl)
    ranging = run / "ranging" / "loadgen" / "mlperf_log_detail.txt"
    ranging.write_text(with_values(ranging.read_text(), **window))
    submit(run, system, tmp_path / "without")
    assert not list((tmp_path / "without").rglob("spl.txt"))
    submitted = submit(run, system, tmp_path / "with", with_power=True)
    assert any("its own client and server" in note for note in submitted.notes)
    performance = results_of(tmp_path / "with") / "performance"
    for name in (
        "run_1/spl.txt",
        "power/session.json",
        "ranging/spl.txt",
        "ranging/mlperf_log_detail.txt",
    ):
        assert (performance / name).is_file(), name
    checked = api.check(tmp_path / "with")
    # The official checker refuses such a tree, in the open division as well.
    (refused,) = texts(checked)
    assert "no client.json, client.log, ptd_logs.txt, server.json, server.log" in refused
    assert "MLCommons' power check takes" in refused
    (performance / "run_1" / "spl.txt").write_text(spl.replace("10:05", "12:05"))
    assert any("no reading above 0 W" in text for text in texts(api.check(tmp_path / "with")))


def test_power_without_ranging_is_refused(powered: Path, system: Path, tmp_path: Path) -> None:
    run = as_official(powered, tmp_path / "run")
    (run / "ranging" / "spl.txt").unlink()
    with pytest.raises(NotSubmittable, match="power without a ranging run"):
        submit(run, system, tmp_path / "tree", with_power=True)


# -- what our check finds ----------------------------------------------------------------------


def results_of(tree: Path) -> Path:
    (folder,) = tree.glob("open/Org/results/*/kws-ds-cnn/Offline")
    return folder


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
    "broken-link": (lambda folder: (folder / "link").symlink_to("gone"), "a symbolic link to noth"),
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


# -- an official checker beside ours -----------------------------------------------------------

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
    assert call("submit", "inference", "--init", "--system", system).returncode == 0
    filled(system, MODELS)
    tree = tmp_path / "tree"
    words = ["submit", "inference", official, "--system", system]
    assert "--org is missing" in call(*words, "--out", tree).stderr
    assert "no folder's name" in call(*words, "--org", "../x", "--out", tree).stderr
    done = call(*words, "--org", "Org", "--out", tree)
    assert done.returncode == 0, done.stderr
    assert f"edgebench check {tree}" in done.stdout
    checked = call("check", tree)
    assert checked.returncode == 0
    assert "2 results, 0 errors" in checked.stdout
    (results_of(tree) / "user.conf").unlink()
    failed = call("check", tree)
    assert failed.returncode == 1
    assert "user.conf: is missing" in failed.stdout
    assert json.loads(call("check", tree, "--json").stdout)["kind"] == "inference"
