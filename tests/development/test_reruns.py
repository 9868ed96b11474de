"""How many tests may try again, and which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.reruns import MOST_RERUNS, VARIABLE

CONFTEST = """
from tests.reruns import RerunLimit
def pytest_configure(config):
    config.pluginmanager.register(RerunLimit())
"""
FLAKY = """
import pytest
@pytest.mark.flaky(reruns=1, reason="fails the first time")
@pytest.mark.parametrize("number", range({count}))
def test_it(number, tmp_path_factory):
    seen = tmp_path_factory.getbasetemp().parent / f"seen{{number}}"
    first = not seen.exists()
    seen.touch()
    assert not first
"""


def ran(folder: Path, test: str, *options: str, log: Path | None = None) -> tuple[int, str]:
    """Run a test file in a pytest of its own; return its exit code and what it printed."""
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_one.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = flaky: may try again\n")
    words = [sys.executable, "-m", "pytest", "-q", f"--basetemp={folder / 'temp' / 'base'}"]
    (folder / "temp").mkdir()
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    if log is not None:
        environment[VARIABLE] = str(log)
    done = subprocess.run(
        [*words, *options, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_run_with_too_many_reruns_fails(tmp_path: Path, options: tuple[str, ...]) -> None:
    code, text = ran(tmp_path / "few", FLAKY.format(count=MOST_RERUNS), *options)
    assert code == 0, text
    assert f"{MOST_RERUNS} of at most {MOST_RERUNS} tests rerun" in text
    code, text = ran(tmp_path / "many", FLAKY.format(count=MOST_RERUNS + 1), *options)
    assert code == 1, text
    assert f"{MOST_RERUNS + 1} tests were rerun, more than {MOST_RERUNS}" in text


def test_the_processes_of_one_run_are_counted_together(tmp_path: Path) -> None:
    log = tmp_path / "reruns"
    code, text = ran(tmp_path / "one", FLAKY.format(count=2), log=log)
    assert code == 0, text
    code, text = ran(tmp_path / "none", "def test_sound(): pass", log=log)
    assert code == 0, text
    code, text = ran(tmp_path / "two", FLAKY.format(count=2), log=log)
    assert code == 1, text
    assert "4 tests were rerun" in text
    assert len(log.read_text().splitlines()) == 4


REPEATING = """
from tests.reruns import note_repeat
def test_it():
    for _ in range(5):
        note_repeat()
"""


def test_repeats_after_a_stall_are_said_and_are_no_reruns(tmp_path: Path) -> None:
    code, text = ran(tmp_path / "one", REPEATING, log=tmp_path / "reruns")
    assert code == 0, text
    assert "5 measurements repeated" in text
    assert "tests rerun" not in text


def test_a_test_that_fails_again_fails_the_run_as_ever(tmp_path: Path) -> None:
    test = "import pytest\n@pytest.mark.flaky(reruns=1, reason='x')\ndef test_it(): assert False\n"
    code, text = ran(tmp_path / "one", test)
    assert code == 1
    assert "1 failed, 1 rerun" in text


def test_a_test_that_may_try_again_says_why(tmp_path: Path) -> None:
    test = "import pytest\n@pytest.mark.flaky(reruns=1)\ndef test_it(): pass\n"
    code, text = ran(tmp_path / "one", test)
    assert code == 4
    assert "test_it is marked flaky without a reason" in text
