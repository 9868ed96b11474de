"""Symbolic links in a submission: those that hold wherever it is copied to, and others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgebench.results.check.files import NameRules, check_names
from edgebench.results.check.finding import Findings

RULES = NameRules(most_bytes=1000, longest=200, takes_links=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A submitter's folder, itself below a folder of a name that is spared in it."""
    home = tmp_path / ".github/tree/open/Org"
    for name in ("src/run.py", ".git/config", "code/src/more.py"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    (home.parents[1] / "outside").write_text("x")
    return home


def found(home: Path) -> list[str]:
    findings = Findings(home.parents[1])
    check_names(findings, home, RULES)
    return [each.where for each in findings.found if "a symbolic link to nothing" in each.text]


@pytest.mark.parametrize("target", ["run.py", "../code", "../code/src/more.py", "../src"])
def test_a_link_that_holds_in_every_copy_is_taken(home: Path, target: str) -> None:
    (home / "src/link").symlink_to(target)
    assert found(home) == []
    copy = shutil.copytree(home, home.with_name("copy"), symlinks=True)
    shutil.rmtree(home)
    assert (copy / "src/link").exists()


@pytest.mark.parametrize(
    "target",
    ["{home}/src/run.py", "{home}/code", "../.git", "../.git/config", "../../../outside", "gone"],
)
def test_a_link_that_holds_here_alone_is_refused(home: Path, target: str) -> None:
    (home / "src/link").symlink_to(target.format(home=home))
    assert found(home) == ["open/Org/src/link"]


def test_each_link_of_a_chain_must_hold(home: Path) -> None:
    (home / "absolute").symlink_to(home / "src/run.py")
    (home / "first").symlink_to("absolute")
    (home / "hidden").symlink_to(".git")
    (home / "within").symlink_to("hidden/config")
    (home / "good").symlink_to("better")
    (home / "better").symlink_to("src/run.py")
    for name, target in (("circle", "turn"), ("turn", "circle")):
        (home / name).symlink_to(target)
    refused = ("absolute", "circle", "first", "hidden", "turn", "within")
    assert found(home) == [f"open/Org/{name}" for name in refused]
