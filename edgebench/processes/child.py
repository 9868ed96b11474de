"""Programs that we have started, such as those that stand in for a device: ending them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

STOP_S = 5.0


def end(process: subprocess.Popen[Any], stop_s: float = STOP_S) -> None:
    """Wait for a program that was asked to end; kill it when it does not."""
    try:
        process.wait(stop_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def tied_to_us(command: Sequence[str]) -> list[str]:
    """Return a command that the kernel ends when this process ends, however that is.

    util-linux's setpriv does it; where that is not installed, only an orderly end ends the child.
    """
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM"] if setpriv else []), *command]
