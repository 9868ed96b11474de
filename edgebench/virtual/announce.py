"""Say where something that is played can be found, to the process that has started it."""

from __future__ import annotations

import os
import sys


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
