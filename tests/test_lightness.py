"""The core is light: small on the disk, and quick to start."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.conftest import ROOT

MOST_INSTALLED_BYTES = 250_000_000
MOST_CPU_S = 1.5
"""Five times what a start takes on an idle PC: other load on the machine costs some, too."""


def core_packages() -> set[str]:
    """Return the distributions that `pip install edgebench` brings, without any extra."""
    wanted, found = ["edgebench"], set[str]()
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # for another Python or system than this
            continue
        found.add(name)
        wanted += [
            re.split(r"[^A-Za-z0-9_.-]", each, maxsplit=1)[0]
            for each in requires
            if "extra ==" not in each
        ]
    return found


def installed_bytes(name: str) -> int:
    """Return what the files of a distribution take."""
    paths = [Path(str(each.locate())) for each in distribution(name).files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_the_core_installs_below_250_mb() -> None:
    packages = core_packages()
    assert {"numpy", "click", "ai-edge-litert"} <= packages
    sizes = {name: installed_bytes(name) for name in packages}
    assert sum(sizes.values()) < MOST_INSTALLED_BYTES, sizes
    assert sum(sizes.values()) > 10_000_000


def test_help_starts_quickly() -> None:
    def cpu_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = cpu_s()
    command = [sys.executable, "-m", "edgebench", "--help"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    assert cpu_s() - before < MOST_CPU_S
