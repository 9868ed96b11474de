"""The page on the architecture names the folders, the layers and the files that there are."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

PACKAGE = ROOT / "edgebench"
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def section(title: str) -> str:
    """Return the text below a title, up to the next."""
    _, found, below = PAGE.partition(f"\n## {title}\n")
    assert found, title
    return below.partition("\n## ")[0]


def test_every_part_of_the_package_has_its_row() -> None:
    parts = {path.parent.name + "/" for path in PACKAGE.glob("*/__init__.py")}
    parts |= {path.name for path in PACKAGE.glob("*.py") if not path.name.startswith("__")}
    rows = re.findall(r"^\| ((?:`[\w/.]+` ?)+)\|", PAGE.partition("\n## ")[0], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([\w/.]+)`", row)]
    assert sorted(named) == sorted(parts)


def test_the_layers_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (
        each["layers"] for each in contracts["contracts"] if each.get("containers") == ["edgebench"]
    )
    _, _, listed = PAGE.partition("names on one line don't import each other:\n\n```\n")
    lines = re.sub(r"\n +", " ", listed.partition("\n```")[0]).splitlines()
    names = [re.findall(r"\w+", line) for line in lines]
    assert names == [re.findall(r"\w+", layer) for layer in layers]


def test_every_file_of_a_run_s_way_exists() -> None:
    names = re.findall(r"`([\w/]+\.py)`", section("The way of a run"))
    assert len(names) > 20
    folder = PACKAGE
    for name in names:
        # A name without a folder is in that of the file before it.
        found = [each / name for each in (PACKAGE, folder) if (each / name).is_file()]
        assert found, name
        folder = found[0].parent
