"""Programs that stand in for a device: how they are ended."""

from __future__ import annotations

import subprocess
from typing import Any

STOP_S = 5.0


def end(process: subprocess.Popen[Any]) -> None:
    """Wait for a program that has been told to end; kill it when it does not."""
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
