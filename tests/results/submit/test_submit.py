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
from edgebench.errors import NotSubmittable
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.mlperf.inference_tree import MOST_ACCURACY_BYTES
from edgebench.results.submit.description import read_description
from tests.results.made_runs import as_official, copied, with_values
from tests.results.submitted import results_of, submit, texts


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
        (
            lambda record: record["request"].update(until="SOFTMAX"),
            "a part of a model, up to 'SOFTMAX'; rerun: `edgebench.run\\((?!.*until)",
        ),
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


def test_other_data_than_the_benchmarks_is_refused_or_stated(
    official: Path, system: Path, tmp_path: Path
) -> None:
    """The open division is for the benchmark's task and data: keywords are no ImageNet."""
    with pytest.raises(NotSubmittable, match=r"it is not resnet's data\. The open") as refused:
        submit(official, system, tmp_path / "tree", other_data=False)
    assert refused.value.field == "other_data"
    assert not (tmp_path / "tree").exists()
    submit(official, system, tmp_path / "tree")
    readmes = list((tmp_path / "tree").rglob("README.md"))
    assert len(readmes) >= 4
    said = "Not the benchmark's data: kws-ds-cnn ran on"
    assert [path for path in readmes if said not in path.read_text()] == []


def test_a_tree_is_not_written_over(official: Path, system: Path, tmp_path: Path) -> None:
    submit(official, system, tmp_path / "tree")
    with pytest.raises(NotSubmittable, match="is there already"):
        submit(official, system, tmp_path / "tree")


@pytest.fixture(scope="module")
def powered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a PTDaemon of the bench: ranging, then testing."""
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
