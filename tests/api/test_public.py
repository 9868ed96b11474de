"""The public surface: what is exported, how it is called, what may be relied on."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import warnings
from dataclasses import fields
from pathlib import Path

import pytest

import edgebench
import edgebench.api
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import FLAT_FIELDS
from tests.api.surface import functions, surface
from tests.conftest import ROOT

HELD = Path(__file__).parent / "public.txt"
OF_PYTHON = {
    *("str", "int", "float", "bool", "dict", "list", "tuple", "None", "False", "True", "object"),
    *("Iterable", "Sequence", "Mapping", "Callable", "Literal", "Path"),
}


def test_the_surface_is_what_was_agreed_on() -> None:
    """A change is deliberate: the docstring of tests/api/surface.py says how to take it over."""
    assert "\n".join(surface()) == HELD.read_text().rstrip("\n")


def test_dir_lists_what_there_is() -> None:
    listed = dir(edgebench)
    assert {"run", "tune", "doctor", "read_run", "errors", "types", "RunResult"} <= set(listed)
    assert set(listed) == set(edgebench.__all__)
    for name in listed:
        assert getattr(edgebench, name) is not None
    assert dir(edgebench.types) == sorted(edgebench.types.__all__)
    assert dir(edgebench.api) == sorted(edgebench.api.__all__) == sorted(functions())


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_parameter_is_typed_and_the_optional_ones_go_by_name(name: str) -> None:
    parameters = list(inspect.signature(functions()[name]).parameters.values())
    known = {*edgebench.types.__all__, *OF_PYTHON, "Runs"}
    for number, parameter in enumerate(parameters):
        assert parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        words = re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", parameter.annotation))
        assert set(words) <= known, parameter
        if parameter.default is not parameter.empty and number > 0:
            assert parameter.kind is parameter.KEYWORD_ONLY, parameter
    returned = inspect.signature(functions()[name]).return_annotation
    assert set(re.findall(r"[A-Za-z_]\w*", returned)) <= known
    document = inspect.getdoc(functions()[name])
    assert document is not None
    by_name = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert by_name <= set(re.findall(r"\w+", document)), by_name


def test_run_takes_every_field_of_a_request_by_its_name() -> None:
    asked = {*FLAT_FIELDS} | {field.name for field in fields(DeviceRequest)} - {"port"}
    own = {"board", "sweep", "tuned", "out", "progress"}
    assert set(inspect.signature(edgebench.run).parameters) == asked | own


def test_the_names_of_the_types_are_those_that_a_type_checker_sees() -> None:
    """Imported when used, and for type checkers: two lists, one content."""
    tree = ast.parse(inspect.getsource(edgebench.types))
    seen = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("edgebench")
        for alias in node.names
    }
    assert sorted(seen) == sorted(edgebench.types.__all__)
    for name in edgebench.types.__all__:
        module, _, there = seen[name].partition(":")
        source = __import__(module, fromlist=[there])
        assert getattr(edgebench.types, name) is getattr(source, there)


def test_the_functions_are_those_of_the_api_and_that_a_type_checker_sees() -> None:
    """They are listed, since `edgebench.api` takes too long to import: three lists, one content."""
    tree = ast.parse(inspect.getsource(edgebench))
    seen = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "edgebench.api"
        for alias in node.names
    }
    offered = set(edgebench.api._MODULES)
    assert set(functions()) == seen == offered
    assert all(inspect.isfunction(getattr(edgebench.api, name)) for name in offered)


def test_old_names_work_and_warn() -> None:
    for old, new in (("examine_machine", "doctor"), ("tune_model", "tune")):
        with pytest.warns(DeprecationWarning, match=f"called edgebench.{new} now"):
            assert getattr(edgebench, old) is getattr(edgebench, new)
        assert old not in dir(edgebench)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert edgebench.doctor
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = edgebench.nothing
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = edgebench.types.Nothing


def test_the_docstring_of_the_errors_has_all_of_them() -> None:
    assert edgebench.errors.__doc__ is not None
    listed = set(re.findall(r"\b[A-Z]\w+\b", edgebench.errors.__doc__))
    kinds = [each for each in vars(edgebench.errors).values() if isinstance(each, type)]
    own = {each.__name__ for each in kinds if issubclass(each, BaseException)}
    assert own <= listed
    assert len(own) > 30


def test_importing_the_package_and_its_errors_imports_nothing_heavy() -> None:
    code = "import sys, edgebench, edgebench.errors, edgebench.types; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "edgebench.types" in loaded
    assert not loaded & {"numpy", "click", "rich", "cattrs", "serial", "edgebench.api"}
