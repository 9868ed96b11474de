"""An error that names a parameter says it in `field` too, for whoever handles errors in code."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from edgebench import errors
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import FLAT_FIELDS
from tests.api.surface import functions
from tests.conftest import ROOT

PACKAGE = ROOT / "edgebench"
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.UsageError)
}
PARAMETERS = {
    *FLAT_FIELDS,
    *(field.name for field in fields(DeviceRequest)),
    *(name for each in functions().values() for name in inspect.signature(each).parameters),
} - {"inputs"}
"""A file's array is called `inputs`, too, and that is what messages name."""
NAMED = re.compile(rf"`(?:{'|'.join(sorted(PARAMETERS))})[`=]")


def without_a_field(source: str) -> Iterator[int]:
    """Yield the lines of raises whose text names a parameter and whose error does not."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        call = node.exc
        if not isinstance(call.func, ast.Name) or call.func.id not in KINDS or not call.args:
            continue
        has_field = any(keyword.arg == "field" for keyword in call.keywords)
        if NAMED.search(ast.unparse(call.args[0])) and not has_field:
            yield call.lineno


@pytest.mark.parametrize(
    "folder",
    sorted({path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")} - {"cli"}),
)
def test_an_error_that_names_a_parameter_has_its_field(folder: str) -> None:
    path = PACKAGE / folder
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    found = [f"{file}:{line}" for file in files for line in without_a_field(_text(file))]
    assert found == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_raise_without_its_field_is_found() -> None:
    assert list(without_a_field('raise UsageError(f"`out={out}`: is there")'))
    assert list(without_a_field('raise ModelNotFound("name one with `model`")'))
    assert not list(without_a_field('raise UsageError("`out` is there", field="out")'))
    assert not list(without_a_field('raise UsageError("no `mpiexec` is here")'))
    assert len(PARAMETERS) > 100
