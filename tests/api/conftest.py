"""The package as it is installed, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT


def built_wheel(source: Path, folder: Path) -> Path:
    """Build a project's wheel into a folder and return it."""
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*pip, "-w", folder, source], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with edgebench's wheel; its dependencies come from ours."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--no-deps", "-q"]
    wheel = built_wheel(ROOT, folder)
    subprocess.run([*pip, wheel], check=True, capture_output=True)
    (packages,) = (folder / "venv" / "lib").glob("*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(_site_packages()))
    return python


def _site_packages() -> list[str]:
    """Return where our dependencies lie; edgebench itself is not in it, only linked from it."""
    found = [path for path in sys.path if path.endswith("site-packages")]
    return found or [sysconfig.get_path("purelib")]


def type_checked(python: Path, script: Path) -> subprocess.CompletedProcess[str]:
    """Run mypy --strict on a file, with the packages of an environment."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file="]
    return subprocess.run(
        [*command, "--python-executable", python, script.name],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
