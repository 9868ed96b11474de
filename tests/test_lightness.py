"""The core is light: small on the disk, and quick to start."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.conftest import ROOT

MOST_INSTALLED_BYTES = 250_000_000
COUNTED = """
import sys
calls = 0
def count(frame, event, argument):
    global calls
    calls += 1
before = {*sys.modules}
sys.setprofile(count)
try:
    import edgebench
    if sys.argv[1:]:
        from edgebench.__main__ import main
        main()
except SystemExit:
    pass
sys.setprofile(None)
imported = {name.partition(".")[0] for name in {*sys.modules} - before}
print(calls, *sorted(imported - sys.stdlib_module_names), file=sys.stderr)
"""


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


@pytest.mark.parametrize(
    ("arguments", "packages", "most_calls"),
    [([], {"edgebench"}, 130_000), (["--help"], {"click", "edgebench"}, 280_000)],
)
def test_a_start_imports_little_and_makes_few_calls(
    arguments: list[str], packages: set[str], most_calls: int
) -> None:
    """Twice as many calls, as Python's profiler counts them, as CPython 3.11 makes.

    The 141,000 of `edgebench --help` take 0.08 s of a server's core; it may take 0.3 s.
    """
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    calls, *imported = done.stderr.split()
    assert {*imported} == packages
    assert 10_000 < int(calls) < most_calls
