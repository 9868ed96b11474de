"""Folders and files stay small, and docstrings do not begin as questions do."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "edgebench"
FOLDERS = (PACKAGE, ROOT / "tests", ROOT / "benchmarks")
MOST_FILES, MOST_LINES = 15, 350


def sources(*folders: Path) -> dict[Path, str]:
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in paths}


def test_no_folder_has_more_files_than_one_looks_over() -> None:
    counts = Counter(path.parent for path in sources(*FOLDERS))
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_file_is_longer_than_one_reads_at_once() -> None:
    counts = {str(path): len(text.splitlines()) for path, text in sources(*FOLDERS).items()}
    assert {name: count for name, count in counts.items() if count > MOST_LINES} == {}


def _questions(text: str) -> list[str]:
    """Return the docstrings of a source that begin with "What"."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds))
    return [found for node in nodes if (found := ast.get_docstring(node) or "").startswith("What ")]


def test_docstrings_say_what_a_thing_is_or_does() -> None:
    found = {str(path): _questions(text) for path, text in sources(PACKAGE).items()}
    assert {name: texts for name, texts in found.items() if texts} == {}
