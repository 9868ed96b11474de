"""Every place that writes JSON refuses NaN and the infinities, which JSON lacks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "edgebench"
WRITERS = [path for path in sorted(PACKAGE.rglob("*.py")) if "json.dump" in path.read_text("utf-8")]


def lax_calls(source: str) -> list[int]:
    """Return the lines of calls of json's writers that do not have ``allow_nan=False``."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func) in ("json.dump", "json.dumps")
        and "allow_nan=False" not in [ast.unparse(each) for each in node.keywords]
    ]


def test_a_lax_call_is_found() -> None:
    source = "json.dumps(a)\njson.dump(a, b, allow_nan=True)\njson.dumps(c, allow_nan=False)\n"
    assert lax_calls(source) == [1, 2]


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_json_is_written_strictly(path: Path) -> None:
    assert lax_calls(path.read_text("utf-8")) == []
