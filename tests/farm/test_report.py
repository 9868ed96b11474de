"""The report over a farm's boards, where runs are damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import edgebench
from edgebench.errors import RunDirectoryInvalid
from edgebench.farm.journal import JobFinished, Journal
from edgebench.harness.run.session import CompletedRuns
from tests.cli.call import call


def _changed(key: str, value: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        run_json = path / "run.json"
        run_json.write_text(json.dumps({**json.loads(run_json.read_text()), key: value}))

    return change


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: (path / "run.json").write_bytes(b""),
    "half": lambda path: (path / "run.json").write_text(
        (path / "run.json").read_text()[: (path / "run.json").stat().st_size // 2]
    ),
    "no text": lambda path: (path / "run.json").write_bytes(b"\xff\xfe\x00{"),
    "a list": lambda path: (path / "run.json").write_text("[]"),
    "of a newer edgebench": _changed("format", 99),
    "of no scenario": _changed("scenario", "sideways"),
    "of wrong types": _changed("performance", {"samples_per_second": "fast"}),
    "system no table": lambda path: (path / "system.json").write_text("[1"),
}


@pytest.fixture
def farm(finished: CompletedRuns, tmp_path: Path) -> Path:
    """Two boards with a run each."""
    folder = tmp_path / "farm-runs"
    journal = Journal(folder)
    with journal.opened():
        for board in ("good", "bad"):
            name = f"runs/{board}"
            shutil.copytree(finished.runs[0].path, folder / name)
            journal.write(JobFinished(f"{board}/0", board, (name,)))
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_costs_its_own_row(farm: Path, damage: str) -> None:
    DAMAGES[damage](farm / "runs" / "bad")
    good, bad = edgebench.farm_results(farm)
    assert (good.board, good.problem, good.repeats) == ("good", "", 1)
    assert good.p50_ns is not None
    assert bad.board == "bad"
    assert str(farm / "runs" / "bad") in bad.problem
    assert (bad.p50_ns, bad.rate, bad.accuracy, bad.verdicts) == (None, None, None, ())


def test_a_run_that_was_removed_is_not_done(farm: Path) -> None:
    shutil.rmtree(farm / "runs" / "bad")
    assert [row.board for row in edgebench.farm_results(farm)] == ["good"]


def test_the_command_names_it_and_writes_the_page_of_the_rest(farm: Path) -> None:
    DAMAGES["half"](farm / "runs" / "bad")
    done = call("farm", "report", farm, "--out", "farm.html")
    assert done.returncode == 1
    assert "damaged" in done.stdout
    assert "SingleStream" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"edgebench: bad: {farm / 'runs' / 'bad'}")
    assert Path("farm.html").stat().st_size > 10_000


def test_json_is_one_document_where_the_page_can_not_be_written(farm: Path) -> None:
    done = call("farm", "report", farm, "--out", farm, "--json")
    assert done.returncode != 0
    assert json.loads(done.stdout)["error"]["exit_code"] == done.returncode


def test_nothing_but_damage_is_still_a_table(farm: Path) -> None:
    for board in ("good", "bad"):
        DAMAGES["half"](farm / "runs" / board)
    done = call("farm", "report", farm, "--out", "farm.html")
    assert done.returncode == 1
    assert done.stdout.count("damaged") == 2
    assert not Path("farm.html").exists()
    shutil.rmtree(farm)
    with pytest.raises(RunDirectoryInvalid, match="no plan has measured anything"):
        edgebench.farm_results(farm)
