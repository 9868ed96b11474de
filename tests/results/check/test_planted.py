"""Each planted fault is found, and a tree without one passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgebench import api
from tests.results.planted.all_faults import ALL_INFERENCE_FAULTS, ALL_TINY_FAULTS
from tests.results.planted.faults import Fault
from tests.results.planted.trees import (
    INFERENCE_VERSION,
    TINY_VERSION,
    inference_tree,
    tiny_tree,
)


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inference_tree(tmp_path_factory.mktemp("inference"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tree(tmp_path_factory.mktemp("tiny"))


def errors(tree: Path, version: str) -> list[str]:
    found = api.check(tree, version=version).findings
    return [f"{each.where}: {each.text}" for each in found if each.severity == "error"]


def test_trees_without_a_fault_pass(inference: Path, tiny: Path) -> None:
    assert errors(inference, INFERENCE_VERSION) == []
    assert errors(tiny, TINY_VERSION) == []
    assert len(api.check(inference).results) == 3
    assert len(api.check(tiny).results) == 6


def test_the_round_of_a_tiny_tree_is_known_by_its_files(tiny: Path, tmp_path: Path) -> None:
    assert api.check(tiny).version == TINY_VERSION
    old = tmp_path / "old"
    shutil.copytree(tiny, old)
    for path in old.rglob("results.json"):
        path.rename(path.with_name("script.async"))
    assert api.check(old).version == "v1.2"
    (kws,) = old.glob("*/*/results/*/kws")
    kws.rename(kws.with_name("keyword_spotting"))
    checked = api.check(old)
    assert checked.version == "v1.0"
    assert any(each.endswith("keyword_spotting") for each in checked.results)


def test_there_are_a_hundred_faults() -> None:
    assert len(ALL_INFERENCE_FAULTS) + len(ALL_TINY_FAULTS) >= 100


def found_in(tree: Path, version: str, fault: Fault, to: Path) -> None:
    shutil.copytree(tree, to, symlinks=True)
    fault.harm(to)
    found = errors(to, version)
    assert any(fault.says in text for text in found), found


@pytest.mark.parametrize("name", ALL_INFERENCE_FAULTS)
def test_a_fault_of_inference_is_found(inference: Path, tmp_path: Path, name: str) -> None:
    found_in(inference, INFERENCE_VERSION, ALL_INFERENCE_FAULTS[name], tmp_path / "tree")


@pytest.mark.parametrize("name", ALL_TINY_FAULTS)
def test_a_fault_of_tiny_is_found(tiny: Path, tmp_path: Path, name: str) -> None:
    found_in(tiny, TINY_VERSION, ALL_TINY_FAULTS[name], tmp_path / "tree")
