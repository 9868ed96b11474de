"""The page "First five minutes": its commands run, and what it explains is what is printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from edgebench.harness.run.session import CompletedRuns
from edgebench.registry import card_files
from tests.cli.call import command
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "first-five-minutes.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.partition("#")[0].split()[1:]
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("edgebench ") and line != "edgebench report"  # tests/results runs it
]
NARROW = {"COLUMNS": "80"}
OWN = (("models", "kws-ds-cnn"), ("datasets", "kws"))
SHORT = ("--duration", "0.2")
"""The page's runs last 10 s per scenario."""
INVALID = 3
ENDS = {"run": (0, INVALID), "doctor": (0, 1)}
"""`doctor` ends with 1 where something could be installed; a run of 0.2 s may be INVALID,
and can't be compared then."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, finished: CompletedRuns) -> Path:
    """A folder with a run, a model and data, as the reader of the page has them."""
    folder = tmp_path_factory.mktemp("desk")
    for run in finished.runs:
        shutil.copytree(run.path, folder / "edgebench-runs" / run.path.name)
    model, data = (card_files(kind)[name].parent for kind, name in OWN)
    shutil.copy(model / "kws-ds-cnn_int8.tflite", folder / "model.tflite")
    shutil.copy(data / "eval.npz", folder / "data.npz")
    return folder


def test_the_commands_run_in_their_order(desk: Path) -> None:
    assert {words[0] for words in COMMANDS} == {
        *("doctor", "run", "show", "compare", "summary", "size"),
    }
    invalid = False
    for words in COMMANDS:
        short = SHORT if words[0] == "run" else ()
        done = command(*words, *short, environment=NARROW, folder=desk)
        invalid |= done.returncode == INVALID
        ends = ENDS.get(words[0], (0, 2) if words[0] == "compare" and invalid else (0,))
        assert done.returncode in ends, (words, done.stderr)


def test_what_the_page_explains_is_printed(desk: Path) -> None:
    rows = re.findall(r"^\| (`.*?) \| ", PAGE, re.MULTILINE)
    explained = [text for row in rows for text in re.findall("`(.*?)`", row)]
    assert len(explained) >= 12
    said = command("summary", environment=NARROW, folder=desk).stdout
    assert [each for each in explained if each not in said] == []
