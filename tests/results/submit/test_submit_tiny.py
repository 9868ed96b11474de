"""MLPerf Tiny's trees: of real device runs whose windows are said to be long enough."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.clock import utc_now
from edgebench.errors import NotSubmittable
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.mlperf.tiny.files import TinyHead, TinyInference, write_performance
from edgebench.mlperf.tiny.names import DEVICE_MODELS
from edgebench.mlperf.tiny.tree import BENCHMARKS
from edgebench.results.check.official import run_official
from edgebench.results.check.tree import Checked
from tests.results.made_runs import copied
from tests.results.planted.trees import write_answers, write_stream
from tests.results.submitted import filled

WINDOW_US = 10_500_000


@pytest.fixture(scope="module")
def device_run(tmp_path_factory: pytest.TempPathFactory, few: str) -> Path:
    """A short run of an emulated device over the real protocol."""
    request = RunRequest(
        device=DeviceRequest("emulated:kws", baud=921_600),
        duration_s=0.3,
        warmup_s=0.0,
        modes=("performance", "accuracy"),
        dataset=few,
    )
    (run,) = run_request(request, tmp_path_factory.mktemp("device")).runs
    return run.path


@pytest.fixture
def official(device_run: Path, tmp_path: Path) -> Path:
    """The run as an official one leaves it: windows of 10 s, the model called kws01."""

    def change(record: dict[str, Any]) -> None:
        record["quick"] = False
        record["request"]["official"] = True
        record["device"]["model"] = "kws01"
        record["tiny"].update(valid=True, reason="")

    run = copied(device_run, tmp_path / "run", change)
    performance = run / "tiny" / "performance"
    rows = json.loads((performance / "results.json").read_text())
    windows = []
    for row in rows:
        # As many inferences more as the window is longer: the throughput stays.
        infer = row["infer"]
        count = round(infer["iterations"] * WINDOW_US / infer["elapsed_time"])
        windows.append(
            TinyInference(
                *(row["file"], int(row["classes"]), int(row["class"]), infer["start_time"]),
                *(WINDOW_US, count, infer["warmups"], tuple(infer["results"])),
            )
        )
    head = TinyHead("emulated", 921_600, "made", "edgebench", "kws01")
    middle = statistics.median(each.inferences_per_second for each in windows)
    write_performance(performance, head, windows, middle, utc_now())
    for log in run.glob("tiny/*/log.txt"):
        text = log.read_text()
        name = next(line for line in text.splitlines() if line.startswith("Device model"))
        log.write_text(text.replace(name, "Device model retrieved: kws01"))
    return run


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system.toml that is filled in."""
    return filled(api.init_submission("tiny", system=tmp_path / "system.toml"))


def errors(checked: Checked) -> list[str]:
    return [f"{each.where}: {each.text}" for each in checked.findings if each.severity == "error"]


def test_a_tree_has_the_official_names_and_passes_our_check(
    official: Path, system: Path, tmp_path: Path
) -> None:
    submitted = api.submit_tiny(
        [official], out=tmp_path / "tree", org="Org", system=system, version="v1.4"
    )
    assert submitted.results == ("kws",)
    assert any("an emulated device" in note for note in submitted.notes)
    home = tmp_path / "tree" / "open" / "Org"
    described = json.loads((home / "systems" / "my-board.json").read_text())
    assert "emulated" in described["Hardware Notes"]
    assert described["Division"] == "Open"
    results = home / "results" / "my-board" / "kws"
    assert {path.name for path in results.iterdir()} == {"performance", "accuracy"}
    checked = api.check(tmp_path / "tree")
    assert errors(checked) == []
    assert checked.passed
    assert (checked.kind, checked.results) == ("tiny", ("open/Org/results/my-board/kws",))


@pytest.fixture
def six(official: Path, tmp_path: Path) -> dict[str, Path]:
    """A run of each benchmark; the streaming one with energy."""
    return {name: as_benchmark(official, name, tmp_path / name) for name in BENCHMARKS}


def as_benchmark(run: Path, name: str, to: Path) -> Path:
    """Return a copy of a run that says that it is of a benchmark."""
    (model,) = (each for each, benchmark in DEVICE_MODELS.items() if benchmark == name)

    def change(record: dict[str, Any]) -> None:
        record["device"]["model"] = model
        if name == "sww":
            record.update(performance=None, accuracy=None, tiny=None)

    made = copied(run, to, change)
    if name == "sww":
        shutil.rmtree(made / "tiny")
        write_stream(made / "tiny" / "streaming", has_power=True)
        return made
    head = TinyHead("emulated", 921_600, "made", "edgebench", model)
    write_answers(made / "tiny" / "accuracy", head, name)
    log = made / "tiny" / "performance" / "log.txt"
    log.write_text(log.read_text().replace("kws01", model))
    if name == "ic2":
        # Another model's times.
        rows = json.loads((made / "tiny/performance/results.json").read_text())
        windows = [
            TinyInference(
                *(row["file"], int(row["classes"]), int(row["class"]), 1000),
                *(WINDOW_US + 7 + n, 30, 1, tuple(row["infer"]["results"])),
            )
            for n, row in enumerate(rows)
        ]
        middle = statistics.median(each.inferences_per_second for each in windows)
        write_performance(made / "tiny" / "performance", head, windows, middle, utc_now())
    return made


def test_a_tree_of_all_six_benchmarks_passes(
    six: dict[str, Path], system: Path, tmp_path: Path
) -> None:
    """Our check and, where `TINY_DIR` names a checkout, the official checker of v1.4."""
    tree = tmp_path / "tree"
    submitted = api.submit_tiny(
        list(six.values()), out=tree, org="Org", system=system, version="v1.4"
    )
    assert set(submitted.results) == set(BENCHMARKS)
    results = tree / "open" / "Org" / "results" / "my-board"
    assert sorted(path.name for path in results.iterdir()) == sorted(BENCHMARKS)
    assert [path.name for path in (results / "sww").iterdir()] == ["energy"]
    plot = (results / "sww" / "energy" / "energy_inf_000.png").read_bytes()
    assert plot.startswith(b"\x89PNG")
    checked = api.check(tree, version="v1.4")
    assert errors(checked) == []
    assert len(checked.results) == 6
    checkout = os.environ.get("TINY_DIR")
    if checkout is None:
        return
    verdict = run_official(Path(checkout), tree, "v1.4")
    assert verdict.passed, verdict
    assert verdict.errors == ()


def test_a_stream_without_energy_is_a_result_of_performance(
    official: Path, system: Path, tmp_path: Path
) -> None:
    run = as_benchmark(official, "sww", tmp_path / "sww")
    write_stream(run / "tiny" / "streaming")
    tree = tmp_path / "tree"
    api.submit_tiny([run], out=tree, org="Org", system=system, version="v1.4")
    (found,) = (tree / "open" / "Org" / "results" / "my-board" / "sww").iterdir()
    assert found.name == "performance"
    assert {each.name for each in found.iterdir()} == {"log.txt", "results.txt", "results.json"}
    assert errors(api.check(tree, version="v1.4")) == []


def test_a_stream_that_is_not_by_the_rules_is_refused(
    official: Path, system: Path, tmp_path: Path
) -> None:
    run = as_benchmark(official, "sww", tmp_path / "sww")
    results = run / "tiny" / "streaming" / "results.txt"
    text = results.read_text()
    for old, new, division, says in (
        ("48 True", "4 True", "open", "a stream of 6 words, the rules have 50"),
        ("3 False pos", "9 False pos", "closed", "2 missed and 9 false detections, closed takes 8"),
        ("duty cycle", "load", "open", "does not state the detections and the duty cycle"),
    ):
        results.write_text(text.replace(old, new))
        with pytest.raises(NotSubmittable, match=says):
            api.submit_tiny(
                [run],
                out=tmp_path / "tree",
                org="Org",
                system=system,
                version="v1.4",
                division=division,  # type: ignore[arg-type]
            )
    results.unlink()
    with pytest.raises(NotSubmittable, match=r"results\.txt: .*; rerun: "):
        api.submit_tiny([run], out=tmp_path / "tree", org="Org", system=system, version="v1.4")


def test_the_larger_image_classification_needs_the_smaller(
    six: dict[str, Path], system: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotSubmittable, match="ic2 counts only together with ic; name a run of ic"):
        api.submit_tiny(
            [six["ic2"], six["kws"]], out=tmp_path / "tree", org="O", system=system, version="v1.4"
        )


FAULTS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "window": (
        lambda kws: rewrite(kws, lambda rows: rows[1]["infer"].update(elapsed_time=9_000_000)),
        "window 2: 9 s and",
    ),
    "few": (lambda kws: rewrite(kws, lambda rows: rows.pop()), "4 windows; the rules want 5"),
    "changed": (
        lambda kws: (kws / "performance" / "results.txt").write_text(
            "0101.0 edgebench: Median throughput is   9999.000 inf./sec.\n"
        ),
        "one of them was changed",
    ),
    "no-median": (
        lambda kws: (kws / "performance" / "results.txt").write_text("nothing\n"),
        "no line says `Median throughput",
    ),
    "no-accuracy": (
        lambda kws: (kws / "accuracy" / "results.txt").write_text("0101.0 edgebench: AUC = 0.9\n"),
        "has no Top 1%",
    ),
    "missing": (lambda kws: (kws / "accuracy" / "log.txt").unlink(), "log.txt: is missing"),
    "mode": (lambda kws: (kws / "speed").mkdir(), "no mode's name"),
    "name": (lambda kws: kws.rename(kws.with_name("keyword")), "no benchmark's name"),
    "other": (lambda kws: kws.rename(kws.with_name("ic")), "the device called its model kws01"),
    "system": (
        lambda kws: (kws.parents[2] / "systems" / "my-board.json").write_text("{}"),
        "no field 'Board Name'",
    ),
    "inference": (
        lambda kws: (kws.parents[2] / "systems" / "my-board.json").write_text(
            '{"system_type": "edge"}'
        ),
        "the official checker crashes on it",
    ),
    "code": (
        lambda kws: (kws.parents[2] / "code").rename(kws.parents[2] / "src"),
        "code: is missing",
    ),
}


def rewrite(kws: Path, change: Callable[[list[Any]], Any]) -> None:
    path = kws / "performance" / "results.json"
    rows = json.loads(path.read_text())
    change(rows)
    path.write_text(json.dumps(rows))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_tree_is_found(
    official: Path, system: Path, tmp_path: Path, fault: str
) -> None:
    api.submit_tiny([official], out=tmp_path / "tree", org="Org", system=system, version="v1.4")
    harm, says = FAULTS[fault]
    harm(tmp_path / "tree" / "open" / "Org" / "results" / "my-board" / "kws")
    checked = api.check(tmp_path / "tree", version="v1.4")
    assert not checked.passed
    assert any(says in text for text in errors(checked)), errors(checked)


def test_runs_that_are_not_by_the_rules_are_refused(
    device_run: Path, official: Path, system: Path, tmp_path: Path
) -> None:
    def submit(run: Path, division: str = "open") -> None:
        api.submit_tiny(
            [run],
            out=tmp_path / "tree",
            org="Org",
            system=system,
            version="v1.4",
            division=division,
        )

    with pytest.raises(NotSubmittable, match=r"a quick run; rerun: `edgebench\.run\(device="):
        submit(device_run)
    short = copied(
        official,
        tmp_path / "short",
        lambda record: record["tiny"].update(valid=False, reason="windows of 0.3 s"),
    )
    with pytest.raises(NotSubmittable, match=r"windows of 0\.3 s; rerun"):
        submit(short)
    own = copied(official, tmp_path / "own", lambda record: record["device"].update(model="gizmo"))
    with pytest.raises(NotSubmittable, match="calls its model 'gizmo'"):
        submit(own)
    with pytest.raises(NotSubmittable, match="closed takes MLPerf Tiny's own data only"):
        submit(official, "closed")
    assert not (tmp_path / "tree").exists()


def test_each_benchmark_gets_its_own_runs(
    finished: Any, official: Path, system: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotSubmittable, match="edgebench submit inference"):
        api.submit_tiny(
            [finished.runs[0].path], out=tmp_path / "tree", org="Org", system=system, version="v1.4"
        )
    other = filled(api.init_submission("inference", system=tmp_path / "other.toml"))
    with pytest.raises(NotSubmittable, match="edgebench submit tiny"):
        api.submit_inference(
            [official], out=tmp_path / "tree", org="Org", system=other, version="v6.1"
        )


def test_a_published_result_passes_but_for_what_was_not_published(
    published: Path, tmp_path: Path
) -> None:
    """ST's own results; its folder here has neither code nor the whole accuracy log."""
    source = published / "tiny_v1.3"
    home = tmp_path / "closed" / "STMicroelectronics"
    for path in source.rglob("*"):
        if path.is_file() and path.parent != source:
            target = home / "results" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (home / "systems").mkdir()
    described = (source / "NUCLEO_L4R5ZI-P.json").read_text()
    (home / "systems" / "NUCLEO_L4R5ZI-P.json").write_text(described)
    found = errors(api.check(tmp_path, version="v1.3"))
    below = "closed/STMicroelectronics"
    accuracy = f"{below}/results/NUCLEO_L4R5ZI-P/kws/accuracy"
    assert set(found) == {
        f"{below}/code: is missing",
        f"{accuracy}/log.txt: is missing",
        f"{accuracy}/log_head.txt: does not belong here",
        f"{accuracy}/results.json: is missing",
    }
