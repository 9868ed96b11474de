"""The scripts that check commits, locks and releases."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import edgebench
from tests.conftest import ROOT


def run(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("Add a meter\n", ""),
        ("Add a meter\n\nIt reads a sensor.\n# Please enter the commit message\n", ""),
        ("x" * 72, ""),
        ("x" * 73, "the subject has 73 characters, more than 72"),
        ("fixup! " + "x" * 72, ""),
        ("Add a meter.\n", "the subject ends with a full stop"),
        ("Add a meter\nIt reads a sensor\n", "no empty line after the subject"),
        ("# only a comment\n\n", "no subject"),
        ("\n\nAdd a meter\n", ""),
    ],
)
def test_a_commit_message_is_checked(tmp_path: Path, message: str, complaint: str) -> None:
    file = tmp_path / "message"
    file.write_text(message)
    done = run("sh", ROOT / "scripts/check-commit-message.sh", file)
    assert complaint in done.stderr
    assert done.returncode == (1 if complaint else 0), done.stderr


def test_all_messages_of_a_range_are_checked(tmp_path: Path) -> None:
    script = ROOT / "scripts/check-commit-message.sh"
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org")
    run("git", "init", "-q", cwd=tmp_path)
    for subject in ("Begin", "Add a meter", "y" * 80, "Add a board"):
        run(*git, "commit", "-q", "--allow-empty", "-m", subject, cwd=tmp_path)
    assert run("sh", script, "--range", "HEAD~3..HEAD~2", cwd=tmp_path).returncode == 0
    found = run("sh", script, "--range", "HEAD~3..HEAD", cwd=tmp_path)
    assert found.returncode == 1
    assert found.stderr.count("the subject has 80 characters") == 1
    assert run("sh", script, "--range", "nosuch..HEAD", cwd=tmp_path).returncode != 0
    assert "usage:" in run("sh", script, cwd=tmp_path).stderr


def copied(folder: Path) -> Path:
    for name in ("pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return folder


def locks_of(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, ROOT / "scripts/check_locks.py", folder)


def test_the_locks_pin_what_is_asked_for(tmp_path: Path) -> None:
    done = locks_of(copied(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        (r"^click==.*$", "", "main.txt does not pin click"),
        (r"^ruff==.*$", "ruff==0.1.0", "main.txt pins ruff 0.1.0, not ==0.15.2"),
    ],
)
def test_a_lock_that_is_behind_is_named(
    tmp_path: Path, line: str, instead: str, complaint: str
) -> None:
    lock = copied(tmp_path) / "requirements" / "main.txt"
    lock.write_text(re.sub(line, instead, lock.read_text(), flags=re.MULTILINE))
    done = locks_of(tmp_path)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "make lock" in done.stderr


def test_the_locks_are_of_two_numpys() -> None:
    pinned = {
        name: re.search(r"^numpy==(\d+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE)
        for name in ("main.txt", "tflite-runtime.txt")
    }
    found = {name: match and match[1] for name, match in pinned.items()}
    assert found == {"main.txt": "2", "tflite-runtime.txt": "1"}


def test_the_package_and_its_metadata_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert edgebench.__version__ == project["version"]


def test_a_release_needs_a_version_a_date_and_addresses(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/check-release.sh", tmp_path / "scripts")
    (tmp_path / "edgebench").mkdir()
    (tmp_path / "pyproject.toml").write_text('version = "1.2.0"\nSource = "https://real.org"\n')
    (tmp_path / "edgebench/__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 1.2.0 (2026-12-01)\n")
    (tmp_path / "README.md").write_text("git clone https://real.org\n")
    script = tmp_path / "scripts/check-release.sh"
    assert run("sh", script).returncode == 0
    for name, text, complaint in (
        ("edgebench/__init__.py", '__version__ = "1.1.0"\n', "__version__ is not 1.2.0"),
        ("CHANGELOG.md", "## Unreleased\n", "no section"),
        ("README.md", "git clone URL-OF-THIS-REPOSITORY\n", "the clone command must name"),
    ):
        before = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text)
        done = run("sh", script)
        assert done.returncode == 1
        assert complaint in done.stderr
        (tmp_path / name).write_text(before)


def test_without_python_that_is_said(tmp_path: Path) -> None:
    """Not `: Permission denied`: what is missing, and how to get it."""
    done = run("sh", ROOT / "scripts/system-packages.sh", str(tmp_path / "nosuch"))
    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert "PYTHON=" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    # A folder is no program either, though dash's `command -v` finds it.
    assert "There is no program" in run("sh", ROOT / "scripts/system-packages.sh", tmp_path).stderr


def test_make_runs_every_test_file_in_some_environment() -> None:
    """Each part of `make test` names the files that have its marks, or none: then it runs all."""
    said = run("make", "--dry-run", "--always-make", "test").stdout
    parts = {}
    for line in said.splitlines():
        marks = re.search(r"-m pytest .*-m '([^']+)'", line)
        if marks is not None:
            parts[marks[1]] = {word for word in line.split() if word.endswith(".py")}
            assert "--ignore" not in line
    timed, old = r"mark\.timed\b", r"mark\.tflite_runtime\b|RUNTIME_NAMES"
    needs = {
        "not timed and not tflite_runtime": (),
        "timed and not tflite_runtime": (timed,),
        "not timed and tflite_runtime": (old,),
        "timed and tflite_runtime": (timed, old),
    }
    assert parts.keys() == needs.keys()
    assert not parts["not timed and not tflite_runtime"]
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file, text = str(path.relative_to(ROOT)), path.read_text()
        for marks, patterns in needs.items():
            if patterns and all(re.search(each, text) for each in patterns):
                assert file in parts[marks], (marks, file)
