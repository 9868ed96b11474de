"""What a public function hands on: every name that it gives is one that is taken."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from edgebench import api

MODULES = sorted(
    path.stem for path in Path(inspect.getfile(api)).parent.glob("*.py") if path.stem != "__init__"
)


def handed_on(module: str) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the module and the name of each function called with ``**given(...)``, and the names.

    A type checker can't see these: the table that `given` returns has any values.
    """
    tree = ast.parse(inspect.getsource(import_module(f"edgebench.api.{module}")))
    sources = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = {
                each.arg
                for keyword in node.keywords
                if keyword.arg is None
                and isinstance(keyword.value, ast.Call)
                and isinstance(keyword.value.func, ast.Name)
                and keyword.value.func.id == "given"
                for each in keyword.value.keywords
                if each.arg is not None
            }
            if names:
                yield (*sources[node.func.id], names)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_that_is_handed_on_is_taken(module: str) -> None:
    for source, name, names in handed_on(module):
        taken = inspect.signature(getattr(import_module(source), name)).parameters
        kinds = {parameter.kind for parameter in taken.values()}
        assert names <= set(taken) or inspect.Parameter.VAR_KEYWORD in kinds, (name, names)


def test_there_are_such_calls() -> None:
    assert sum(1 for module in MODULES for _ in handed_on(module)) > 5
