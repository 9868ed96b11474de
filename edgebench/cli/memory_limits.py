"""Say by which limit there is no memory for numpy, whose linear algebra exits by itself then."""

from __future__ import annotations

import os
import resource
from contextlib import suppress

_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
_LOADER_SAYS = ("failed to map segment", "annot allocate memory", "out of memory")
"""An ImportError that is for want of memory; any other says what it is of where numpy is needed."""


def require_memory_for_numpy() -> None:
    """Try in a child whether numpy can be imported, if this process's memory is limited.

    OpenBLAS takes 32 MiB as it is loaded, and ends the process with words of its own where it gets
    none.

    Raises
    ------
    MemoryError
        If there is too little.
    """
    if all(resource.getrlimit(each)[0] == resource.RLIM_INFINITY for each in _LIMITS):
        return
    try:
        child = os.fork()
    except OSError:  # no process to try it in: who needs numpy will tell
        return
    if child == 0:
        _import_quietly()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise MemoryError


def _import_quietly() -> None:
    code = 1
    with suppress(BaseException):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            import numpy as np  # noqa: F401
        except ImportError as error:
            code = int(any(each in str(error) for each in _LOADER_SAYS))
        else:
            code = 0
    os._exit(code)
