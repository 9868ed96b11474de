"""The package's own names."""

from __future__ import annotations

import subprocess
import sys


def test_every_name_stays_what_it_is_whatever_is_imported() -> None:
    """A package called like a function takes its place when something in it is imported."""
    code = (
        "import pkgutil, importlib, edgebench\n"
        "for each in pkgutil.iter_modules(edgebench.__path__):\n"
        "    if not each.name.startswith('_'): importlib.import_module('edgebench.' + each.name)\n"
        "for name in edgebench.__all__:\n"
        "    there = getattr(edgebench, name)\n"
        "    assert name in ('__version__', 'errors', 'types') or callable(there), name\n"
        "assert edgebench.tune and edgebench.compare_runs and edgebench.check\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
