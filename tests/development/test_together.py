"""Tests that share what takes seconds to make stay on one process of pytest-xdist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.together import SSHD, TOGETHER, group_of


@pytest.mark.parametrize("name", TOGETHER)
def test_what_is_named_is_there(name: str) -> None:
    path, _, test = name.partition("::")
    assert f"def {test}" in (ROOT / path).read_text()


def test_the_tests_of_a_file_are_a_group_and_others_are_not() -> None:
    farm = "tests/farm/labgrid/test_farm.py"
    assert group_of(f"{farm}::test_x[a::b]") == farm
    assert group_of("tests/farm/ssh/test_ssh.py::test_x") == SSHD
    assert group_of("tests/farm/test_plan.py::test_x") == "tests/farm/test_plan.py::test_x"


def test_a_group_stays_on_one_process(tmp_path: Path) -> None:
    """Each test notes its process."""
    (tmp_path / "conftest.py").write_text(
        "from tests.together import TOGETHER, Groups\n"
        "TOGETHER['test_group.py'] = 'a group'\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(Groups())\n"
    )
    test = (
        "import os, time, pytest\n"
        "@pytest.mark.parametrize('number', range(6))\n"
        "def test_x(number, worker_id):\n"
        "    open(__file__ + worker_id, 'w').close()\n"
    )
    for name in ("test_group.py", "test_other.py"):
        (tmp_path / name).write_text(test)
    options = ["-q", "-n", "2", "--dist=loadgroup", "-p", "xdist", "--rootdir", "."]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "12 passed" in done.stdout
    assert len(list(tmp_path.glob("test_group.pygw*"))) == 1
