"""How a process that plays something tells where, and how its parent learns it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Sequence

START_S = 20.0


def announce(place: object) -> None:
    """Print a place.

    Raises
    ------
    SystemExit
        If nobody is there to read it: the process that wanted it has been killed.
    """
    try:
        print(place, flush=True)
    except BrokenPipeError as error:
        # Python would flush the rest once more when it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit from error


def start_player(
    module: str, words: Sequence[str], shared: Sequence[int] = ()
) -> tuple[subprocess.Popen[str], str]:
    """Start a module that plays something until its standard input ends.

    Parameters
    ----------
    shared
        Descriptors that it has as well.

    Returns
    -------
    The process, and what it has announced: nothing, if it did not in time.

    Raises
    ------
    OSError
        If the system refuses another process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        pass_fds=shared,
    )
    output, line = process.stdout, ""
    if output is not None and select.select([output], [], [], START_S)[0]:
        line = output.readline().strip()
    return process, line
