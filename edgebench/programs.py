"""Run another program and keep what it prints."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def captured(
    command: Sequence[str],
    timeout_s: float,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without input; return its exit code and what it printed.

    Bytes that are no text are replaced: a compiler quotes source, an instrument may print anything.

    Raises
    ------
    OSError
        If it can't be started.
    subprocess.TimeoutExpired
        If it has not ended in time; it is killed.
    """
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
        cwd=cwd,
        env=env,
    )
