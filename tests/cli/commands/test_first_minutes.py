"""What a new user types first: nothing, `summary`, `show`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from edgebench.cli import main
from edgebench.harness.run.session import CompletedRuns


def typed(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints, as on a terminal of 80 columns; it must succeed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as ended:
            main(words.split())
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_without_a_command_three_things_to_type_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = typed("", capsys)
    assert len(re.findall(r"^  edgebench \w+", said, re.MULTILINE)) == 3
    assert "edgebench --help" in said
    assert max(map(len, said.splitlines())) <= 80


@pytest.fixture
def runs(finished: CompletedRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs where they are made by default."""
    for run in finished.runs:
        shutil.copytree(run.path, tmp_path / "edgebench-runs" / run.path.name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("runs")
def test_summary_reads_the_default_folder_and_numbers_its_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = typed("summary", capsys)
    table = said.partition("run directory")[0]
    for number in (1, 2):
        assert re.search(rf"^  \[{number}\] \d\d:\d\d ", table, re.MULTILINE)
        assert re.search(rf"^run directory: edgebench-runs/\S+ \[{number}\]$", said, re.MULTILINE)
    # What is of both rows names none of them.
    assert re.search(r"^quick: not a submission$", said, re.MULTILINE)


@pytest.mark.usefixtures("runs")
def test_a_single_row_has_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    (one, *_) = sorted(Path("edgebench-runs").iterdir())
    assert "[1]" not in typed(f"summary {one}", capsys)


def test_a_model_fits_a_screen_and_its_tensors_are_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    short = typed("show kws-ds-cnn", capsys)
    long = typed("show kws-ds-cnn --tensors", capsys)
    assert len(short.splitlines()) <= 50
    assert "tensors: --tensors shows them" in short
    assert len(long.splitlines()) > len(short.splitlines()) + 20
