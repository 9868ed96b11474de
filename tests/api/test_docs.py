"""The page and the notebook for Python users, as they are printed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "python.md"
NOTEBOOK = ROOT / "docs" / "notebooks" / "first-run.ipynb"


def test_every_block_of_the_page_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 5
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    assert "`scenarios`: unknown value 'ofline'; choose from" in said
    assert "scenarios ofline" in said
    assert len(names["summary"].rows) == 5
    assert (tmp_path / "edgebench-runs").is_dir()


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook with its outputs: a kernel runs each cell; a cell that fails fails the test."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        # A kernel that the user has installed elsewhere would be another Python.
        patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("jupyter")))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


def outputs(notebook: nbformat.NotebookNode, wanted: str) -> str:
    """Return what the cell with that text shows: plain text and HTML."""
    (cell,) = [each for each in notebook.cells if wanted in each.source and "outputs" in each]
    shown = [each.get("data", {}) for each in cell.outputs]
    texts = [str(part) for data in shown for part in data.values()]
    return "\n".join([*texts, *(each.get("text", "") for each in cell.outputs)])


@pytest.mark.slow
def test_the_notebook_runs_and_shows_what_it_says(executed: nbformat.NotebookNode) -> None:
    assert "2656768" in outputs(executed, 'edgebench.show("kws-ds-cnn")')
    table = outputs(executed, 'scenarios=["singlestream", "offline"]')
    assert table.count("VALID, quick</td>") == 2
    assert "<RunResult: kws-ds-cnn int8 SingleStream: p90" in table
    assert "samples_per_second" in outputs(executed, "frame = result.to_frame()")
    assert "synthetic voices" in outputs(executed, "accuracy.low")
    assert re.search("faster|slower|can't tell|inconclusive", outputs(executed, "compare_runs"))
    assert "did you mean offline" in outputs(executed, "UsageError")


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert str(Path.home()) not in NOTEBOOK.read_text()
    assert sys.executable not in NOTEBOOK.read_text()
