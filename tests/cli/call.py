"""The command line in a process of its own, as a shell calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def call(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `edgebench` with arguments, on a terminal of 80 columns."""
    return subprocess.run(
        [sys.executable, "-m", "edgebench", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "80", **environment},
    )
