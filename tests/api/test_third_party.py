"""A runtime that another package brings: built, installed, listed, run and type-checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import edgebench
from tests.api.conftest import built_wheel, type_checked
from tests.cli.call import call

SOURCE = Path(__file__).parent / "plain_runtime"
QUICK = ("--scenario", "offline", "--duration", "0.2", "--warmup", "0.05")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package is installed in, with its metadata."""
    folder = tmp_path_factory.mktemp("third-party")
    project = shutil.copytree(SOURCE, folder / "project", ignore=lambda *_: ["__pycache__"])
    wheel = built_wheel(project, folder)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    target = folder / "site"
    subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True)
    assert (target / "plain_runtime-1.2.3.dist-info" / "entry_points.txt").is_file()
    return target


def test_it_is_listed_and_measures_like_one_of_our_own(packages: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(packages), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    listed = call("list", "runtimes", PYTHONPATH=path)
    assert "plain  " in listed.stdout
    done = call("run", "kws-ds-cnn", "--runtime", "plain", *QUICK, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "kws-ds-cnn int8 on plain 1.2.3" in done.stdout
    (theirs,) = edgebench.summarize("edgebench-runs").rows
    ours = edgebench.run(
        "kws-ds-cnn", scenarios=["offline"], modes=["accuracy"], out=tmp_path / "ours"
    )
    accuracy = ours["offline"].record.accuracy
    assert accuracy is not None
    assert theirs.record.accuracy is not None
    assert theirs.record.accuracy.value == accuracy.value
    assert theirs.verdict == "VALID"
    refused = call("run", "--runtime", "plain", "--instances", "2", PYTHONPATH=path)
    assert refused.returncode == 2
    assert "--instances, --batch: the runtime plain has one instance" in refused.stderr


def test_without_it_the_error_says_what_there_is(tmp_path: Path) -> None:
    done = call("run", "--runtime", "plain", *QUICK)
    assert done.returncode == 2
    assert "litert" in done.stderr
    assert not (tmp_path / "edgebench-runs").exists()


@pytest.mark.slow
def test_it_is_type_checked_against_the_public_types(
    installed_python: Path, tmp_path: Path
) -> None:
    script = tmp_path / "plain_runtime.py"
    shutil.copy(SOURCE / "plain_runtime.py", script)
    done = type_checked(installed_python, script)
    untyped = "ai_edge_litert"  # LiteRT has no types of its own
    errors = [line for line in done.stdout.splitlines() if "error:" in line and untyped not in line]
    assert errors == []
    script.write_text(script.read_text().replace("def unload(", "def unload_all("))
    done = type_checked(installed_python, script)
    assert '"PlainSystem" is missing following "SystemUnderTest" protocol member' in done.stdout
