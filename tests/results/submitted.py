"""Trees of submissions that tests write and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgebench import api
from edgebench.results.check.tree import Checked
from edgebench.results.submit.tree import Submitted

MODELS = '\n[models]\n"kws-ds-cnn" = "resnet"\n'


def filled(path: Path, more: str = "") -> Path:
    """Say something wherever something must be said."""
    lines = path.read_text().replace('""  # must say something', '"made up"  # was empty')
    path.write_text(lines.replace("[models]", more.strip() or "[models]", 1))
    return path


def submit(official: Path, system: Path, tree: Path, **options: Any) -> Submitted:
    options = {"org": "Org", "version": "v6.1", "other_data": True, **options}
    return api.submit_inference([official], out=tree, system=system, **options)


def texts(checked: Checked, severity: str = "error") -> list[str]:
    return [f"{each.where}: {each.text}" for each in checked.findings if each.severity == severity]


def results_of(tree: Path) -> Path:
    (folder,) = tree.glob("open/Org/results/*/kws-ds-cnn/Offline")
    return folder
