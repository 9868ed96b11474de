"""What `pip install edgebench` brings, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edgebench.registry import packaged_data
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--quiet",
            "--wheel-dir",
            folder,
            ROOT,
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    assert wheel.stat().st_size < 15e6
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_cards_models_and_data_travel_in_the_wheel(installed: Path) -> None:
    for kind in ("models", "datasets", "boards"):
        source = packaged_data() / kind
        wanted = {str(path.relative_to(source)) for path in source.rglob("*.toml")}
        wanted |= {str(path.relative_to(source)) for path in source.rglob("*.tflite")}
        there = installed / "edgebench" / "_data" / kind
        found = {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()}
        assert wanted <= found
        assert wanted
    assert not list(installed.rglob("shared"))


@pytest.mark.slow
def test_it_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    code = "import edgebench; print(edgebench.__file__)"
    python = [sys.executable, "-P"]
    where = subprocess.run(
        [*python, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert str(installed) in where.stdout
    done = subprocess.run(
        [
            *python,
            "-m",
            "edgebench",
            "run",
            "digits-resnet8",
            "--duration",
            "0.3",
            "--scenario",
            "singlestream",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "target 97 met" in done.stdout
